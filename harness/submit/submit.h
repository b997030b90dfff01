#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/config/plan_time.h"
#include "harness/submit/campaign.h"
#include "harness/submit/intents.h"
#include "harness/submit/scheduler.h"
#include "harness/submit/site.h"

namespace ergon {

// What is to be run, and how.
struct SubmitOptions {
  Site site;
  int shards = 0;  // 0: as many as the site's minutes_per_shard makes
  bool held = false;
};

// A submission as it would be handed over.
struct SubmitPlan {
  Submission submission;
  std::vector<Visit> visits;
  PlanTime time;  // of all visits one after the other
  // Of the site's CPUs, or nodes where it does not say how many; least and most.
  double hours_least = 0, hours_most = 0;
};

// The next submission of a campaign: `visits` shared out. Asks the scheduler for the longest array.
[[nodiscard]] SubmitPlan plan_submission(const Campaign& campaign, const Intents& intents,
                                         const SubmitOptions& options, std::vector<Visit> visits);

// The jobs of a submission in the order they are handed over: arrays, then the one that collects.
[[nodiscard]] std::vector<IntendedJob> jobs_of(const Campaign& campaign,
                                               const Submission& submission);
// One of them as a scheduler takes it, behind jobs that are known by now.
[[nodiscard]] Job job_for(const Campaign& campaign, const Submission& submission,
                          const IntendedJob& job, const Intents& intents);

// Puts a submission on record, then hands it over.
void begin_submission(const Campaign& campaign, IntentJournal& journal, const SubmitPlan& plan);

// Hands over what of the last submission is not: also what was interrupted between intent and
// answer, after asking the scheduler whether it has it. Does nothing where nothing is left. Throws
// Error where the scheduler refuses, or cannot say: nothing is ever handed over twice.
void finish_submission(const Campaign& campaign, IntentJournal& journal);

}  // namespace ergon
