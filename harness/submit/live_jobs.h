#pragma once

#include <string>
#include <vector>

#include "harness/submit/campaign.h"
#include "harness/submit/intents.h"
#include "harness/submit/scheduler.h"

namespace ergon {

// Jobs that a scheduler has under the tags of one campaign, and so no one else's.
struct LiveJobs {
  const SchedulerType* scheduler = nullptr;
  std::vector<std::string> jobs, arrays;  // arrays: those of jobs that have shards
};

// By asking each scheduler that was handed any, of those that have not ended. Throws Error where
// one does not answer.
[[nodiscard]] std::vector<LiveJobs> live_jobs(const Intents& intents);

// Slurm holds a task whose launch failed after it was put back into the queue: so it does with
// those that ran on when its controller died and came back with an earlier state. Lets them go
// again, and gives how many there were. Throws Error where the scheduler would not.
int release_requeued(const Intents& intents, const Queue& queue);

// Puts on record that nothing of the last submission is to be handed over any more.
void withdraw(const Campaign& campaign, IntentJournal& journal);

}  // namespace ergon
