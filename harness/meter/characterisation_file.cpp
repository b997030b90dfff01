#include "harness/meter/characterisation_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "kernels/error.h"

namespace ergon {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kSchema = "ergon-characterisations-1";

// The numbers of a characterisation and their names in the file.
struct NamedFound {
  const char* name;
  Found Characterisation::*member;
};
constexpr NamedFound kFound[] = {
    {"period_s", &Characterisation::period},   {"jitter_s", &Characterisation::jitter},
    {"latency_s", &Characterisation::latency}, {"latency_p99_s", &Characterisation::latency_p99},
    {"quantum", &Characterisation::quantum},   {"window_s", &Characterisation::window},
    {"lag_s", &Characterisation::lag},         {"duty_cycle", &Characterisation::duty_cycle},
};
struct NamedCount {
  const char* name;
  std::int64_t Characterisation::*member;
};
constexpr NamedCount kCounts[] = {
    {"reads", &Characterisation::reads},
    {"stale_reads", &Characterisation::stale_reads},
    {"errors", &Characterisation::errors},
    {"updates", &Characterisation::updates},
    {"updates_missed", &Characterisation::updates_missed},
};

// JSON has no NaN.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
double number(const Json& json) {
  return json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
}

Json to_json(const ChannelIdentity& identity, const KeptCharacterisation& kept) {
  const Characterisation& found = kept.found;
  Json json{{"device", identity.device},
            {"driver", identity.driver},
            {"channel", identity.channel},
            {"date", kept.date},
            {"measure", measure_name(found.measure)},
            {"source", source_name(found.source)},
            {"window_is_bound", found.window_is_bound},
            {"duty_cycled", found.duty_cycled},
            {"residual", number(found.residual)},
            {"elapsed_s", found.elapsed.value},
            {"verdict", found.verdict}};
  for (const auto& [name, member] : kFound) {
    json[name] = {number((found.*member).value), number((found.*member).uncertainty)};
  }
  for (const auto& [name, member] : kCounts) json[name] = found.*member;
  return json;
}

template <class Enum, std::size_t n>
Enum named(const std::array<Enum, n>& all, std::string_view (*name)(Enum), const Json& json) {
  for (const Enum value : all) {
    if (json == name(value)) return value;
  }
  throw Error(fmt::format("{} is not known", json.dump()));
}

KeptCharacterisation from_json(const Json& json) {
  KeptCharacterisation kept{.date = json.at("date").get<std::string>(), .found = {}};
  Characterisation& found = kept.found;
  found.channel = json.at("channel").get<std::string>();
  found.measure =
      named(std::array{Measure::energy, Measure::power}, measure_name, json.at("measure"));
  found.source =
      named(std::array{Source::measured, Source::estimated, Source::simulated, Source::imported},
            source_name, json.at("source"));
  found.window_is_bound = json.at("window_is_bound").get<bool>();
  found.duty_cycled = json.at("duty_cycled").get<bool>();
  found.residual = number(json.at("residual"));
  found.elapsed = Seconds{json.at("elapsed_s").get<double>()};
  found.verdict = json.at("verdict").get<std::string>();
  for (const auto& [name, member] : kFound) {
    found.*member = {number(json.at(name).at(0)), number(json.at(name).at(1))};
  }
  for (const auto& [name, member] : kCounts) found.*member = json.at(name).get<std::int64_t>();
  if (found.period.value <= 0 || found.window.value <= 0 || found.lag.value < 0) {
    throw Error("a period, window or lag is not positive");
  }
  return kept;
}

// The first line of a file; empty where it cannot be read.
std::string first_line(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

std::string cpu_model(const std::filesystem::path& root) {
  std::ifstream stream(root / "proc/cpuinfo");
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t begin = line.find_first_not_of(" \t", line.find(':') + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

std::string joined(std::initializer_list<std::string> parts) {
  std::string text;
  for (const std::string& part : parts) {
    if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
  }
  return text;
}

}  // namespace

ChannelIdentity identify_channel(const Channel& channel, const std::filesystem::path& root) {
  constexpr std::string_view kNvml = "nvml/";
  if (channel.name.starts_with(kNvml)) {
    const std::string rest = channel.name.substr(kNvml.size());
    return {rest.substr(0, rest.find('/')), first_line(root / "proc/driver/nvidia/version"),
            channel.name};
  }
  return {joined({cpu_model(root), first_line(root / "sys/class/dmi/id/product_name"),
                  first_line(root / "proc/sys/kernel/hostname")}),
          first_line(root / "proc/sys/kernel/osrelease"), channel.name};
}

std::filesystem::path characterisations_path() {
  const auto variable = [](const char* name) -> std::filesystem::path {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (const auto path = variable("ERGON_CHARACTERISATIONS"); !path.empty()) return path;
  auto state = variable("XDG_STATE_HOME");
  if (state.empty()) {
    const auto home = variable("HOME");
    if (home.empty()) return {};
    state = home / ".local/state";
  }
  return state / "ergon" / "characterisations.json";
}

Characterisations read_characterisations(const std::filesystem::path& json) {
  std::error_code ignored;
  std::ifstream stream(json);
  if (!stream) {
    if (json.empty() || !std::filesystem::exists(json, ignored)) return {};
    throw Error(fmt::format("{}: cannot be read", json.string()));
  }
  try {
    const Json text = Json::parse(stream);
    if (text.at("schema") != kSchema) {
      throw Error(fmt::format("schema {}, not \"{}\"", text.at("schema").dump(), kSchema));
    }
    Characterisations all;
    for (const Json& one : text.at("channels")) {
      all[{one.at("device").get<std::string>(), one.at("driver").get<std::string>(),
           one.at("channel").get<std::string>()}] = from_json(one);
    }
    return all;
  } catch (const std::exception& error) {
    throw Error(
        fmt::format("{}: not a file of characterisations: {}; move it away and characterise again",
                    json.string(), error.what()));
  }
}

void write_characterisations(const std::filesystem::path& json,
                             const Characterisations& characterisations) {
  Json text{{"schema", kSchema}, {"channels", Json::array()}};
  for (const auto& [identity, kept] : characterisations) {
    text["channels"].push_back(to_json(identity, kept));
  }
  std::error_code failed;
  if (json.has_parent_path()) std::filesystem::create_directories(json.parent_path(), failed);
  const std::filesystem::path part = json.string() + fmt::format(".{}", ::getpid());
  std::ofstream stream(part);
  stream << text.dump(2) << '\n';
  stream.close();
  if (stream) std::filesystem::rename(part, json, failed);
  if (!stream || failed) {
    std::filesystem::remove(part, failed);
    throw Error(fmt::format(
        "{}: cannot be written; give a file that can, by -o or in ERGON_CHARACTERISATIONS",
        json.string()));
  }
}

}  // namespace ergon
