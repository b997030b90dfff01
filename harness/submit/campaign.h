#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/config/plan.h"
#include "harness/config/sweep.h"

namespace ergon {

// A campaign is a folder that holds a sweep as it was when it was submitted and everything that
// became of it:
//
//   manifest.json      what was asked for, with hashes; never written again
//   plan.txt           the key of every point, in the order of the plan
//   journal.jsonl      what was handed to which scheduler, and what became of it (intents.h)
//   work/s0.txt        the visits of a submission; its shard i of n has every n-th from i
//   scripts/, logs/    of jobs, by their tags
//   claims/            one file a tag: the job that has its shards
//   shards/            one result file a shard and attempt, and beside it how far it is (attempt.h)
//   result.h5          every visit once; duplicates.h5: the executions that are not in it
struct Manifest {
  std::string id;  // 12 hexadecimal digits, random: what its jobs are named for
  std::string name, created_utc;
  std::string sweep_file, sweep_text, sweep_hash;
  std::string plan_hash;                 // SHA-256 of plan.txt
  std::string protocol;                  // protocol_key
  std::string kernels_hash, build_hash;  // of the build that made it
  std::uint64_t seed = 1;
  std::int64_t points = 0;
  int replicates = 1;
  [[nodiscard]] std::int64_t visits() const { return points * replicates; }
};

class Campaign {
 public:
  // Makes the folder, whole or not at all. Where it is there already it must be of the same sweep
  // and plan: then this is the one, as it was. Throws Error else.
  static Campaign create(const std::filesystem::path& folder, const Sweep& sweep,
                         const std::filesystem::path& sweep_file, const Plan& plan);
  // What create() would make, with nothing on the disk: of it there are folder, manifest and sweep.
  static Campaign preview(const std::filesystem::path& folder, const Sweep& sweep,
                          const std::filesystem::path& sweep_file, const Plan& plan);
  // Throws Error where there is no campaign.
  explicit Campaign(const std::filesystem::path& folder);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }  // absolute
  [[nodiscard]] const Manifest& manifest() const { return manifest_; }

  // Calls `take` with the key of each point, in order. Throws Error where plan.txt is not what the
  // manifest says.
  void each_point_key(const std::function<void(std::string_view)>& take) const;
  [[nodiscard]] std::vector<std::string> point_keys() const;
  // The frozen plan, without expanding the sweep again: on another machine that could come to other
  // kernels and threads. Throws Error for a kernel that this build does not have.
  [[nodiscard]] Plan plan() const;
  // Name, protocol and meters of the frozen sweep; no groups.
  [[nodiscard]] Sweep sweep() const;

  [[nodiscard]] std::filesystem::path work_file(int submission) const;
  [[nodiscard]] std::filesystem::path script_file(const std::string& tag) const;
  [[nodiscard]] std::filesystem::path log_file(const std::string& tag, int task) const;
  [[nodiscard]] std::filesystem::path result_file() const { return folder_ / "result.h5"; }
  [[nodiscard]] std::filesystem::path duplicates_file() const { return folder_ / "duplicates.h5"; }

 private:
  Campaign(std::filesystem::path folder, Manifest manifest)
      : folder_(std::move(folder)), manifest_(std::move(manifest)) {}

  std::filesystem::path folder_;
  Manifest manifest_;
};

// Makes `text` the contents of a file of a campaign: all of it or nothing.
void write_whole(const std::filesystem::path& file, const std::string& text);
// Throws Error where it cannot be read.
[[nodiscard]] std::string read_whole(const std::filesystem::path& file);

// The visits of a submission: "17/0" a line, point and replicate.
[[nodiscard]] std::string work_text(const std::vector<Visit>& visits);
[[nodiscard]] std::vector<Visit> read_work(const std::filesystem::path& file);

}  // namespace ergon
