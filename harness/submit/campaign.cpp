#include "harness/submit/campaign.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <fstream>
#include <iterator>
#include <random>
#include <span>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "harness/config/frozen_sweep.h"
#include "harness/record/file.h"
#include "harness/record/provenance.h"
#include "harness/sha256.h"
#include "kernels/error.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kFormat = 1;

std::string random_id() {
  std::random_device source;
  return fmt::format("{:08x}{:04x}", source(), source() & 0xffff);
}

std::string plan_text(const Plan& plan) {
  std::string text;
  for (const Point& point : plan.points) text += point_key(point) + "\n";
  return text;
}

json to_json(const Manifest& of) {
  return {{"format", kFormat},
          {"id", of.id},
          {"name", of.name},
          {"created_utc", of.created_utc},
          {"sweep_file", of.sweep_file},
          {"sweep", of.sweep_text},
          {"sweep_hash", of.sweep_hash},
          {"plan_hash", of.plan_hash},
          {"protocol", of.protocol},
          {"kernels_hash", of.kernels_hash},
          {"build_hash", of.build_hash},
          {"seed", of.seed},
          {"points", of.points},
          {"replicates", of.replicates}};
}

Manifest from_json(const json& from) {
  if (from.at("format").get<int>() != kFormat) {
    throw Error("of format " + from.at("format").dump() + "; this ergon knows format 1");
  }
  Manifest manifest;
  manifest.id = from.at("id");
  manifest.name = from.at("name");
  manifest.created_utc = from.at("created_utc");
  manifest.sweep_file = from.at("sweep_file");
  manifest.sweep_text = from.at("sweep");
  manifest.sweep_hash = from.at("sweep_hash");
  manifest.plan_hash = from.at("plan_hash");
  manifest.protocol = from.at("protocol");
  manifest.kernels_hash = from.at("kernels_hash");
  manifest.build_hash = from.at("build_hash");
  manifest.seed = from.at("seed");
  manifest.points = from.at("points");
  manifest.replicates = from.at("replicates");
  return manifest;
}

Manifest make_manifest(const Sweep& sweep, const fs::path& sweep_file, const Plan& plan,
                       const std::string& plan_lines) {
  Manifest manifest;
  manifest.id = random_id();
  manifest.name = sweep.name;
  manifest.created_utc = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  manifest.sweep_file = sweep_file.string();
  manifest.sweep_text = sweep.text;
  manifest.sweep_hash = sha256(sweep.text);
  manifest.plan_hash = sha256(plan_lines);
  manifest.protocol = protocol_key(sweep.protocol);
  manifest.kernels_hash = kernels_hash();
  manifest.build_hash = build_hash();
  manifest.seed = sweep.seed;
  manifest.points = std::ssize(plan.points);
  manifest.replicates = plan.replicates;
  return manifest;
}

// Under another name first, so that a kill leaves no half of a campaign.
void make_folder(const fs::path& folder, const Manifest& manifest, const std::string& plan_lines) {
  fs::path temporary = folder;
  temporary += fmt::format(".new-{}", getpid());
  fs::remove_all(temporary);
  for (const char* part : {"work", "scripts", "logs", "claims", "shards"}) {
    fs::create_directories(temporary / part);
  }
  write_whole(temporary / "plan.txt", plan_lines);
  write_whole(temporary / "manifest.json",
              to_json(manifest).dump(1, ' ', false, json::error_handler_t::replace) + "\n");
  std::error_code error;
  fs::rename(temporary, folder, error);
  if (!error) return;
  fs::remove_all(temporary);
  throw Error("submit: " + folder.string() + " cannot be made: " + error.message() +
              "; expected no folder of this name; name another with -o");
}

}  // namespace

void write_whole(const fs::path& file, const std::string& text) {
  replace_file(file, std::as_bytes(std::span(text)));
}

std::string read_whole(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(file.string() + ": cannot be read; the campaign is damaged");
  return {std::istreambuf_iterator<char>(in), {}};
}

Campaign Campaign::create(const fs::path& folder, const Sweep& sweep, const fs::path& sweep_file,
                          const Plan& plan) {
  const fs::path absolute = fs::absolute(folder).lexically_normal();
  const std::string lines = plan_text(plan);
  if (!fs::exists(absolute / "manifest.json")) {
    if (absolute.has_parent_path()) fs::create_directories(absolute.parent_path());
    make_folder(absolute, make_manifest(sweep, sweep_file, plan, lines), lines);
  }
  Campaign campaign(absolute);
  if (campaign.manifest_.sweep_hash != sha256(sweep.text) ||
      campaign.manifest_.plan_hash != sha256(lines)) {
    throw Error("submit: " + absolute.string() +
                " is a campaign of another sweep, or of this one as it was on " +
                campaign.manifest_.created_utc +
                "; `ergon resume` goes on with that; name another folder with -o for this");
  }
  return campaign;
}

Campaign Campaign::preview(const fs::path& folder, const Sweep& sweep, const fs::path& sweep_file,
                           const Plan& plan) {
  return {fs::absolute(folder).lexically_normal(),
          make_manifest(sweep, sweep_file, plan, plan_text(plan))};
}

Campaign::Campaign(const fs::path& folder) : folder_(fs::absolute(folder).lexically_normal()) {
  if (!folder_.has_filename()) folder_ = folder_.parent_path();
  const fs::path file = folder_ / "manifest.json";
  if (!fs::exists(file)) {
    throw Error(folder_.string() +
                ": no campaign; expected a folder that `ergon submit` has made, with a "
                "manifest.json");
  }
  try {
    manifest_ = from_json(json::parse(read_whole(file)));
  } catch (const std::exception& error) {
    throw Error(file.string() + ": " + error.what());
  }
}

void Campaign::each_point_key(const std::function<void(std::string_view)>& take) const {
  const fs::path file = folder_ / "plan.txt";
  const std::string text = read_whole(file);
  if (sha256(text) != manifest_.plan_hash) {
    throw Error(file.string() + ": is not the plan that the manifest names; it was changed");
  }
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    take(std::string_view(text).substr(begin, end - begin));
    begin = end + 1;
  }
}

std::vector<std::string> Campaign::point_keys() const {
  std::vector<std::string> keys;
  each_point_key([&](std::string_view key) { keys.emplace_back(key); });
  return keys;
}

Plan Campaign::plan() const {
  Plan plan;
  plan.seed = manifest_.seed;
  plan.replicates = manifest_.replicates;
  each_point_key([&](std::string_view key) { plan.points.push_back(point_from_key(key)); });
  return plan;
}

Sweep Campaign::sweep() const {
  return parse_sweep_conditions(manifest_.sweep_text, manifest_.sweep_file);
}

fs::path Campaign::work_file(int submission) const {
  return folder_ / "work" / fmt::format("s{}.txt", submission);
}

fs::path Campaign::script_file(const std::string& tag) const {
  return folder_ / "scripts" / (tag + ".sh");
}

fs::path Campaign::log_file(const std::string& tag, int task) const {
  return folder_ / "logs" / fmt::format("{}-{}.log", tag, task);
}

std::string work_text(const std::vector<Visit>& visits) {
  std::string text;
  for (const Visit& visit : visits) text += fmt::format("{}/{}\n", visit.point, visit.replicate);
  return text;
}

std::vector<Visit> read_work(const fs::path& file) {
  std::vector<Visit> visits;
  const std::string text = read_whole(file);
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    Visit visit;
    const auto point = std::from_chars(at, end, visit.point);
    const bool slash = point.ec == std::errc() && point.ptr < end && *point.ptr == '/';
    const auto replicate = slash ? std::from_chars(point.ptr + 1, end, visit.replicate) : point;
    if (!slash || replicate.ec != std::errc() || replicate.ptr == end || *replicate.ptr != '\n') {
      throw Error(file.string() + ": is no list of visits; the campaign is damaged");
    }
    visits.push_back(visit);
    at = replicate.ptr + 1;
  }
  return visits;
}

}  // namespace ergon
