#pragma once

#include <vector>

#include "harness/clock.h"
#include "harness/config/protocol.h"
#include "harness/run/load.h"

namespace ergon {

// The time phase: per-launch samples in the order they were taken; launches too short for the
// clock are timed in batches.
struct TimePhase {
  int batch = 1;               // launches per sample
  std::vector<Seconds> times;  // per launch
};
[[nodiscard]] TimePhase measure_time(Load& load, Clock& clock, const Protocol& protocol);

}  // namespace ergon
