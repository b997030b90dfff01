#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/record/record.h"
#include "harness/units.h"

namespace ergon {

// How far one attempt at a shard is, as it says itself in shards/shard-00042.r1.json. What was
// measured stands in shards/shard-00042.r1.h5, or in the journal beside that: this is for those who
// watch, and for telling which visit ended a task.
struct Attempt {
  enum class State : std::uint8_t {
    running,
    done,     // every visit of the shard is measured
    stopped,  // it ended between points: a signal, or no time left
    failed    // it could not go on; `reason` says why
  };
  int shard = 0, number = 0;
  std::string tag, job, node;
  int restart = 0;
  State state = State::running;
  std::int64_t visits = 0;  // of the shard
  std::int64_t done = 0;    // of them, those of earlier attempts among them
  std::int64_t fresh = 0, failed = 0;
  Seconds elapsed = {};
  Joules energy = {};  // gross, of this attempt; NaN where unmeasured
  EnergyStatus energy_status = EnergyStatus::unmeasured;
  std::string visit;  // that it is at: "17/0"; empty where it is at none
  std::string reason;
};

// The name that this machine gives itself.
[[nodiscard]] std::string host_name();

[[nodiscard]] std::string_view state_name(Attempt::State state);

[[nodiscard]] std::filesystem::path attempt_file(const std::filesystem::path& campaign,
                                                 const Attempt& attempt);
// The result file of an attempt.
[[nodiscard]] std::filesystem::path shard_file(const std::filesystem::path& campaign, int shard,
                                               int attempt);

// Takes the next attempt at a shard, which no other process can have too.
[[nodiscard]] Attempt claim_attempt(const std::filesystem::path& campaign, int shard);
void write_attempt(const std::filesystem::path& campaign, const Attempt& attempt);

// Every attempt of a campaign, by shard and number; or those of one shard.
[[nodiscard]] std::vector<Attempt> read_attempts(const std::filesystem::path& campaign,
                                                 std::optional<int> shard = std::nullopt);

// Whether `job` has the shards of `tag`: the first that asks has them for good. Should a job ever
// have been submitted twice, the second measures nothing.
[[nodiscard]] bool claim_tag(const std::filesystem::path& campaign, const std::string& tag,
                             const std::string& job);
// The job that has claimed a tag; empty where none has.
[[nodiscard]] std::string claimant(const std::filesystem::path& campaign, const std::string& tag);

}  // namespace ergon
