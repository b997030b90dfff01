#pragma once

#include "harness/submit/campaign.h"
#include "harness/submit/intents.h"
#include "harness/submit/submit.h"

namespace ergon {

// What a submission comes to: points, shards, time, hours.
void print_submission(const Campaign& campaign, const SubmitPlan& plan);

// Every script of it as it would be handed over, and what the scheduler says of each.
void print_scripts(const Campaign& campaign, const SubmitPlan& plan, const Intents& intents);

// The jobs of the last submission, and what to do next.
void print_jobs(const Campaign& campaign, const Intents& intents);

}  // namespace ergon
