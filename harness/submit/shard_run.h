#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "harness/run/run_sweep.h"
#include "harness/submit/attempt.h"

namespace ergon {

// A task's own part of a campaign.
struct ShardTask {
  std::filesystem::path campaign;
  std::string tag;  // of the job
  int first = 0;    // shard of the job's task 0
  int task = 0;
};

struct ShardOutcome {
  Attempt attempt;
  bool duplicate = false;  // another job has this shard, so nothing was measured
  bool requeued = false;   // it goes on when the scheduler starts it again
};

// Measures what is left of a shard: its visits that no earlier attempt has. Ends between points on
// SIGTERM, SIGINT and SIGUSR1, and where the time that the scheduler leaves is shorter than the
// longest visit so far; then, where time was the reason, the task goes back into the queue. Reads
// no meter of a node that others use too. Throws Error where it cannot begin or go on, after
// writing why beside the shard's results.
ShardOutcome run_shard(const ShardTask& task, const std::function<void(const Progress&)>& progress);

}  // namespace ergon
