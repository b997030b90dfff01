#include "harness/submit/attempt.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "harness/file_descriptor.h"
#include "harness/record/file.h"
#include "kernels/error.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::array<std::string_view, 4> kStates = {"running", "done", "stopped", "failed"};

std::string stem(int shard, int number) { return fmt::format("shard-{:05}.r{}", shard, number); }

json to_json(const Attempt& of) {
  const bool metered = std::isfinite(of.energy.value);
  return {{"tag", of.tag},
          {"job", of.job},
          {"node", of.node},
          {"restart", of.restart},
          {"state", state_name(of.state)},
          {"visits", of.visits},
          {"done", of.done},
          {"fresh", of.fresh},
          {"failed", of.failed},
          {"elapsed_s", of.elapsed.value},
          {"energy_j", metered ? json(of.energy.value) : json(nullptr)},
          {"energy_status", status_name(of.energy_status)},
          {"visit", of.visit},
          {"reason", of.reason}};
}

EnergyStatus energy_status_named(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(EnergyStatus::imported); ++i) {
    if (status_name(static_cast<EnergyStatus>(i)) == name) return static_cast<EnergyStatus>(i);
  }
  return EnergyStatus::unmeasured;
}

void fill_from(const json& from, Attempt& of) {
  of.tag = from.at("tag");
  of.job = from.at("job");
  of.node = from.at("node");
  of.restart = from.at("restart");
  const auto state = std::ranges::find(kStates, from.at("state").get<std::string>());
  of.state = static_cast<Attempt::State>(std::min<std::ptrdiff_t>(state - kStates.begin(), 3));
  of.visits = from.at("visits");
  of.done = from.at("done");
  of.fresh = from.at("fresh");
  of.failed = from.at("failed");
  of.elapsed = {from.at("elapsed_s").get<double>()};
  const json& energy = from.at("energy_j");
  of.energy = {energy.is_null() ? std::numeric_limits<double>::quiet_NaN() : energy.get<double>()};
  of.energy_status = energy_status_named(from.at("energy_status"));
  of.visit = from.at("visit");
  of.reason = from.at("reason");
}

// "shard-00042.r1.json" -> 42, 1; none for other files.
std::optional<Attempt> named(std::string_view name) {
  Attempt attempt;
  constexpr std::string_view kBegin = "shard-", kEnd = ".json";
  if (!name.starts_with(kBegin) || !name.ends_with(kEnd)) return std::nullopt;
  const char* const end = name.data() + name.size() - kEnd.size();
  const auto shard = std::from_chars(name.data() + kBegin.size(), end, attempt.shard);
  if (shard.ec != std::errc() || end - shard.ptr < 3 || shard.ptr[0] != '.' ||
      shard.ptr[1] != 'r') {
    return std::nullopt;
  }
  const auto number = std::from_chars(shard.ptr + 2, end, attempt.number);
  if (number.ec != std::errc() || number.ptr != end) return std::nullopt;
  return attempt;
}

// One that was claimed and has said nothing yet, or was torn by a crash of the machine, is as it
// began.
void read_into(const fs::path& file, Attempt& attempt) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  try {
    if (!parsed.is_discarded()) fill_from(parsed, attempt);
  } catch (const json::exception&) {
    attempt.reason = "its file cannot be read";
  }
}

// Creates a file that was not there; false where it was.
bool create_new(const fs::path& file, const std::string& text) {
  const FileDescriptor made(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (made.number() < 0 && errno == EEXIST) return false;
  const int error =
      made.number() < 0 ? errno : write_all(made.number(), std::as_bytes(std::span(text)));
  if (error != 0) throw Error(file.string() + ": cannot be written: " + error_text(error));
  return true;
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

std::string_view state_name(Attempt::State state) {
  return kStates[static_cast<std::size_t>(state)];
}

fs::path attempt_file(const fs::path& campaign, const Attempt& attempt) {
  return campaign / "shards" / (stem(attempt.shard, attempt.number) + ".json");
}

fs::path shard_file(const fs::path& campaign, int shard, int attempt) {
  return campaign / "shards" / (stem(shard, attempt) + ".h5");
}

Attempt claim_attempt(const fs::path& campaign, int shard) {
  Attempt attempt;
  attempt.shard = shard;
  while (!create_new(attempt_file(campaign, attempt), "")) ++attempt.number;
  return attempt;
}

// Not synced: after a crash of the machine the result file and its journal still tell.
void write_attempt(const fs::path& campaign, const Attempt& attempt) {
  const fs::path file = attempt_file(campaign, attempt);
  fs::path temporary = file;
  temporary += ".tmp";
  std::ofstream(temporary, std::ios::binary)
      << to_json(attempt).dump(-1, ' ', false, json::error_handler_t::replace) << "\n";
  std::error_code left_as_it_was;
  fs::rename(temporary, file, left_as_it_was);
}

std::vector<Attempt> read_attempts(const fs::path& campaign, std::optional<int> shard) {
  std::vector<Attempt> attempts;
  const auto read = [&](Attempt attempt) {
    read_into(attempt_file(campaign, attempt), attempt);
    attempts.push_back(std::move(attempt));
  };
  if (shard) {
    Attempt attempt;
    attempt.shard = *shard;
    for (; fs::exists(attempt_file(campaign, attempt)); ++attempt.number) read(attempt);
    return attempts;
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(campaign / "shards")) {
    if (const auto found = named(entry.path().filename().string())) read(*found);
  }
  std::ranges::sort(attempts, [](const Attempt& a, const Attempt& b) {
    return std::pair(a.shard, a.number) < std::pair(b.shard, b.number);
  });
  return attempts;
}

// A link appears with its contents, which a file that is created and then written does not.
bool claim_tag(const fs::path& campaign, const std::string& tag, const std::string& job) {
  const fs::path file = campaign / "claims" / tag;
  const fs::path own =
      campaign / "claims" / fmt::format("{}.{}.{}.{}", tag, host_name(), getpid(), job);
  fs::remove(own);
  create_new(own, job);
  const int error = link(own.c_str(), file.c_str()) == 0 ? 0 : errno;
  fs::remove(own);
  if (error != 0 && error != EEXIST) {
    throw Error(file.string() + ": cannot be made: " + error_text(error));
  }
  return error == 0 || claimant(campaign, tag) == job;
}

std::string claimant(const fs::path& campaign, const std::string& tag) {
  std::ifstream in(campaign / "claims" / tag);
  std::string job;
  std::getline(in, job);
  return job;
}

}  // namespace ergon
