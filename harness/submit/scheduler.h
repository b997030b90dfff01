#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/submit/site.h"
#include "harness/units.h"

namespace ergon {

// What is handed to a scheduler at a time: an array of shards, or the job that collects them.
struct Job {
  std::string tag;                 // its name there, and nobody else's: "ergon-1f3a9c0d-s0-a2"
  std::filesystem::path campaign;  // absolute, of kPathCharacters
  int first = 0;                   // shard of task 0
  int tasks = 0;                   // 0: it collects
  std::vector<std::string> after;  // jobs that end, well or not, before it begins
  std::vector<std::string> exclude = {};  // nodes, besides the site's
  Seconds notice = {};  // before the time limit the program is told; at least the longest point
  bool held = false;
};

// What became of handing over a script. `unknown` is what only a later look can tell: the
// scheduler did not answer, and may have the job all the same.
struct Submitted {
  enum class Outcome : std::uint8_t { accepted, refused, unknown };
  Outcome outcome = Outcome::unknown;
  std::string job;  // where accepted
  std::string why;  // where not, in the scheduler's words
};

// A task as the scheduler tells of it.
struct QueuedTask {
  static constexpr int kWholeJob = -1;  // as `task`: each task of the job that has not ended
  enum class Phase : std::uint8_t { waiting, running, ended };
  std::string tag, job;
  int task = 0;
  Phase phase = Phase::waiting;
  std::string state;   // the scheduler's word: "NODE_FAIL"
  std::string reason;  // why it waits
  std::string node;
};

// What the scheduler's accounting has of the energy of a task.
struct TaskEnergy {
  std::string id;  // Allocation::id
  Joules energy;   // of the steps that its script started, on all of its nodes
};

// One answer for all the tasks of some jobs. Where there is none, nothing is known of any of them.
struct Queue {
  bool answered = false;
  std::string why_not;
  std::vector<QueuedTask> tasks;
};

// What a task learns of itself.
struct Allocation {
  std::string job;                     // of the array
  std::string id;                      // what a requeue and the accounting know it by
  int restart = 0;                     // how often the scheduler started it again
  std::optional<Seconds> left = {};    // until its time limit; none: no limit, or not known
  std::optional<bool> exclusive = {};  // whether the node is its own; none: not known
};

struct SchedulerType {
  std::string_view name, description;
  // The whole script of a job.
  std::string (*script)(const Job&, const Site&);
  // What the scheduler says of a script without taking it; empty where it cannot say.
  std::string (*test)(const std::filesystem::path& script);
  // Hands a script over. `lock` is a descriptor that whoever does it keeps open until it is done,
  // though this process were killed.
  Submitted (*submit)(const Job&, const std::filesystem::path& script, int lock);
  // One query for the tasks of all these jobs, by their tags.
  Queue (*query)(std::span<const std::string> tags);
  // What the accounting has of the tasks of these jobs, for those that the queue has forgotten;
  // nothing where there is none, or where it does not answer.
  std::vector<QueuedTask> (*accounted)(std::span<const std::string> jobs);
  // Energies of the tasks of these jobs, of each the last time that it ran; none where the
  // accounting has no energy, or does not answer.
  std::vector<TaskEnergy> (*energies)(std::span<const std::string> jobs);
  // Each gives what went wrong, in the scheduler's words; empty where nothing did.
  std::string (*cancel)(std::span<const std::string> jobs);
  std::string (*hold)(std::span<const std::string> jobs, bool release);
  std::string (*throttle)(std::span<const std::string> jobs, int at_once);
  // Most tasks of one array; 0: any number.
  int (*array_max)();
  // Within a task.
  Allocation (*allocation)();
  // Puts this task back into the queue; false where the scheduler would not.
  bool (*requeue)(const Allocation&);
};

namespace scheduler {
[[nodiscard]] std::span<const SchedulerType* const> all();
// Throws Error where there is none of this name.
[[nodiscard]] const SchedulerType& named(std::string_view name);
}  // namespace scheduler

}  // namespace ergon
