#pragma once

#include <cstdint>

#include "harness/units.h"

namespace ergon {

// Most launches that are recorded together: a graph of them takes some tens of megabytes.
inline constexpr std::int64_t kRecordedMax = 20'000;

// How many launches of a GPU's kernel one replay has: a multiple of `sets`, so that operands rotate
// through replay after replay, and as near as that allows to 20 to 50 ms, in which the host has
// time to queue the next. Between replays the GPU draws less for some microseconds: among the
// lengths that are allowed, that is taken whose ratio to the period of the sensor's looks is
// farthest from a whole number, so that they do not meet the same moment of each. `sensor_period`:
// 0 where it is not known.
[[nodiscard]] std::int64_t launches_per_replay(Seconds per_launch, Seconds sensor_period,
                                               std::int64_t sets);

}  // namespace ergon
