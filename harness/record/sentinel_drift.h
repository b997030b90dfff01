#pragma once

#include <string>
#include <vector>

#include "harness/record/launch_intervals.h"
#include "harness/record/results.h"

namespace ergon {

// How one sentinel changed over a run: by a straight line through its visits over time, what that
// rises by from the first to the last, as a share of the mean.
struct SentinelDrift {
  std::string point_key;
  int visits = 0;
  Seconds span{};   // from the first visit to the last
  Interval energy;  // gross J per launch of the primary channel; NaN where unmetered
  Interval time;    // median s per launch; half-widths are NaN below three visits
};

// The sentinels of one run of the results, an index into their runs, in the order in which they
// were first measured. Visits that failed do not count.
[[nodiscard]] std::vector<SentinelDrift> sentinel_drifts(const Results& results, int run);

}  // namespace ergon
