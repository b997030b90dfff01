#pragma once

#include <cstdint>

#include "harness/config/protocol.h"
#include "harness/simulate/replicate.h"

namespace ergon {

// What a point of a sweep would come to, by simulation: nothing of it is measured.
struct Forecast {
  double half_width = 0;  // of the 95 % interval of net energy per launch, gain apart, over it
  double windows = 0;
  Seconds time;              // of the point: time phase, settling and windows
  Seconds idle;              // of the idle stretches on both sides of a block
  bool told = true;          // false: most points have fewer valid windows than wanted
  std::uint32_t faults = 0;  // WindowFault bits of windows that do not count
};

// The medians of `replicates` simulated points, by the code that measures real ones.
[[nodiscard]] Forecast forecast_point(const Trial& trial, const Protocol& protocol, int replicates,
                                      std::uint64_t seed);

}  // namespace ergon
