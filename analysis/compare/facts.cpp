#include "analysis/compare/facts.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analysis/versions.h"

namespace ergon {
namespace {

using Json = nlohmann::json;

// A path with one of these in it tells a moment, or what was asked for.
constexpr std::array<std::string_view, 16> kVolatile = {
    "command_line", "host/loadavg",  "host/uptime_s", "host/clock",
    "host/cgroup",  "MemAvailable",  "unreadable",    "throttle_count",
    "campaign",     "ranks",         "temperature",   "processes",
    "used_bytes",   "event_reasons", "clocks/sm_mhz", "clocks/memory_mhz"};

bool is_volatile(std::string_view path) {
  return std::ranges::any_of(
      kVolatile, [&](std::string_view part) { return path.find(part) != std::string_view::npos; });
}

void add(Facts& facts, const std::string& name, const std::string& value) {
  std::vector<std::string>& values = facts[name];
  const auto at = std::ranges::lower_bound(values, value);
  if (at == values.end() || *at != value) values.insert(at, value);
}

void flatten(Facts& facts, const std::string& path, const Json& json) {
  if (is_volatile(path)) return;
  if (json.is_object()) {
    for (const auto& [name, value] : json.items()) {
      flatten(facts, path.empty() ? name : path + "/" + name, value);
    }
  } else if (json.is_array() && !json.empty() && json.front().is_object()) {
    for (std::size_t i = 0; i < json.size(); ++i) {
      flatten(facts, fmt::format("{}/{}", path, i), json[i]);
    }
  } else {
    add(facts, path, json.is_string() ? json.get<std::string>() : json.dump());
  }
}

// "name=value,name=value" under a heading.
void add_pairs(Facts& facts, std::string_view heading, std::string_view text) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    add(facts, fmt::format("{}/{}", heading, pair.substr(0, equals)),
        std::string(pair.substr(equals + 1)));
  }
}

// "p1:a=1,b=2".
void add_protocol(Facts& facts, std::string_view key) {
  if (const std::size_t colon = key.find(':'); colon != std::string_view::npos) {
    key.remove_prefix(colon + 1);
  }
  add_pairs(facts, "protocol", key);
}

}  // namespace

void add_facts(Facts& facts, const RunInfo& run) {
  flatten(facts, "", Json::parse(run.provenance, nullptr, false));
  add_protocol(facts, run.protocol);
  add_pairs(facts, "kernels", run.kernels_hash);
  add(facts, "device", run.device);
  if (!run.build_hash.empty()) add(facts, "build/hash", run.build_hash);
  if (run.primary_channel < 0) return;
  const Channel& channel = run.channels.at(static_cast<std::size_t>(run.primary_channel));
  add(facts, "meter/channel", channel.name);
  add(facts, "meter/boundary", channel.domain);
  add(facts, "meter/source", std::string(source_name(channel.source)));
  add(facts, "meter/gain", fmt::format("{}", channel.gain));
  add(facts, "meter/update_period_s", fmt::format("{:.3g}", channel.update_period.value));
}

void add_facts(Facts& facts, const TableRun& run) {
  add_protocol(facts, run.protocol);
  add_pairs(facts, "kernels", run.kernels_hash);
  add(facts, "device", run.device);
  if (!run.build_hash.empty()) add(facts, "build/hash", run.build_hash);
  for (const auto& [name, text] : run.versions) add(facts, "versions/" + name, text);
}

std::vector<FactChange> changed_facts(const Facts& first, const Facts& second,
                                      const std::vector<std::string>& primitives) {
  Facts names = first;
  names.insert(second.begin(), second.end());
  std::vector<FactChange> changes;
  for (const auto& [name, values] : names) {
    if (constexpr std::string_view kKernels = "kernels/"; name.starts_with(kKernels)) {
      const std::string primitive = name.substr(kKernels.size());
      if (std::ranges::find(primitives, primitive) == primitives.end()) continue;
    }
    const auto a = first.find(name), b = second.find(name);
    FactChange change{.name = name};
    if (a != first.end()) change.first = a->second;
    if (b != second.end()) change.second = b->second;
    if (change.first != change.second) changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace ergon
