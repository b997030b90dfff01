#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "harness/units.h"

namespace ergon {

// A channel over a whole run, up to its last edge.
struct ChannelTotals {
  std::int64_t reads = 0;  // of its meter, all its channels at a time
  Seconds time;            // that they took together, waiting for the source included
  // What it counted from its first reading to the last edge, and how long that was: all that the
  // run drew but for its first and last moments. The span is known to within an update of the
  // source. NaN for what is no energy.
  Joules energy{std::numeric_limits<double>::quiet_NaN()};
  Seconds span{std::numeric_limits<double>::quiet_NaN()};
};

// What a run's sampling thread cost, and counted.
struct SamplingCost {
  Seconds cpu{std::numeric_limits<double>::quiet_NaN()};      // CPU time of the thread; NaN: none
  Seconds elapsed{std::numeric_limits<double>::quiet_NaN()};  // since the thread began
  std::vector<ChannelTotals> channels = {};                   // empty: not known
};

}  // namespace ergon
