#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "harness/units.h"

namespace ergon {

// Readings of one meter, all its channels at a time.
struct ReadCost {
  std::int64_t reads = 0;
  Seconds time;  // that they took together, waiting for the source included
};

// What a run's sampling thread cost.
struct SamplingCost {
  Seconds cpu{std::numeric_limits<double>::quiet_NaN()};      // CPU time of the thread; NaN: none
  Seconds elapsed{std::numeric_limits<double>::quiet_NaN()};  // since the thread began
  std::vector<ReadCost> channels = {};  // of each channel its meter's; empty: not known
};

}  // namespace ergon
