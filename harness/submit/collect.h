#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/submit/campaign.h"
#include "harness/submit/campaign_tally.h"
#include "harness/submit/intents.h"
#include "harness/submit/step_energies.h"

namespace ergon {

struct CollectSummary {
  std::int64_t visits = 0;  // that the campaign asks for
  std::int64_t ok = 0, refused = 0, failed = 0, missing = 0;
  std::int64_t stale = 0;       // of the missing: measured with other kernel sources or protocol
  std::int64_t duplicates = 0;  // executions beyond the first, kept in duplicates.h5
  std::int64_t files = 0;       // of shards that stand in the result
  StepCheck accounted;          // what the scheduler counted, against the runs' own meters
  std::vector<std::string> unreadable;        // files, and why
  std::vector<std::string> missing_examples;  // keys of some points that are missing
  [[nodiscard]] bool complete() const { return missing == 0 && failed == 0; }
};

// Merges what there is into result.h5, every visit once: of several executions the one with the
// best status (ok, refused, failed), of those the one that began first. The others go to
// duplicates.h5. Both are replaced whole. A journal that a dead task has left becomes a file first.
// Runs of which the scheduler's accounting has an energy get it beside their own. Always works,
// whatever is missing; while shards run it gives what they have so far.
[[nodiscard]] CollectSummary collect(const Campaign& campaign);

}  // namespace ergon
