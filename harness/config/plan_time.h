#pragma once

#include <cstdint>

#include "harness/config/protocol.h"

namespace ergon {

// How long points take under a protocol, checks against the reference apart, in all replicates. The
// least is each point's settling and fewest windows; the most is each point's budget, which only a
// launch longer than that exceeds, or a meter so slow that the budget grows (with_time_for), or a
// block that is measured again. Both hold the idle stretches and sentinels of the blocks.
struct PlanTime {
  Seconds least, most;
};

[[nodiscard]] PlanTime plan_time(std::int64_t points, const Protocol& protocol);

}  // namespace ergon
