#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/file_descriptor.h"

namespace ergon {

// One decision to run visits: which, cut into how many shards, and by whom. Shards are numbered
// through all submissions of a campaign.
struct Submission {
  int number = 0;
  std::string scheduler, site_text, program;
  std::string kernels_hash, build_hash;  // that its shards must have
  int first_shard = 0, shards = 0;
  int array_max = 0;  // shards of one array; 0: any number
  bool held = false;  // its arrays wait until they are released
  std::int64_t visits = 0;
  std::vector<std::string> exclude;  // nodes that have lost too many tasks

  // How many visits a shard of it has.
  [[nodiscard]] std::int64_t visits_of(int shard) const;
  [[nodiscard]] bool has(int shard) const {
    return shard >= first_shard && shard < first_shard + shards;
  }
};

// A job that was to be handed over.
struct IntendedJob {
  enum class Fate : std::uint8_t { intended, accepted, refused, cancelled };
  std::string tag;
  int submission = 0;
  int first = 0, tasks = 0;  // shards first .. first + tasks - 1; no tasks: it collects
  Fate fate = Fate::intended;
  std::string job;  // where accepted
  std::string why;  // where refused
  [[nodiscard]] bool has(int shard) const { return shard >= first && shard < first + tasks; }
};

// A shard that ended before all its visits were measured; the others belong to later submissions.
struct EndedShard {
  int shard = 0;
  std::string state, node;  // as far as they are known: "NODE_FAIL", "n2"
  std::int64_t done = 0;    // visits that are in its files
  std::string visit;        // that it was at: "17/0"; empty where it was at none
};

struct Intents {
  std::vector<Submission> submissions;
  std::vector<IntendedJob> jobs;
  std::vector<EndedShard> ended;
  [[nodiscard]] const Submission* submission_of(int shard) const;  // null: none has it
  [[nodiscard]] const IntendedJob* job_of(int shard) const;
};

// What is on record, without a lock.
[[nodiscard]] Intents read_intents(const std::filesystem::path& campaign);

// The campaign's journal.jsonl: an intent is on the disk before the scheduler hears of it, and what
// the scheduler said after. One line an entry, each synced; a torn last line is cut off. Whoever
// holds it is alone at work on the campaign.
class IntentJournal {
 public:
  // Throws Error where another process has it.
  explicit IntentJournal(const std::filesystem::path& campaign);

  [[nodiscard]] const Intents& intents() const { return intents_; }
  // Whoever inherits it keeps the lock until it ends.
  [[nodiscard]] int lock() const { return opened_.number(); }

  void add(const Submission&);
  void add(const IntendedJob&);  // of a tag that is there: what became of it
  void add(const EndedShard&);

 private:
  void append(const std::string& line);

  std::filesystem::path file_;
  FileDescriptor opened_;
  Intents intents_;
};

}  // namespace ergon
