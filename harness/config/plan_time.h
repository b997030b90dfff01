#pragma once

#include <cstdint>

#include "harness/config/protocol.h"

namespace ergon {

// How long points take under a protocol, checks against the reference apart. The least is each
// point's fewest windows; the most is each point's budget, which only a launch longer than that
// exceeds. Both hold the idle stretches before, between and after the blocks.
struct PlanTime {
  Seconds least, most;
};

[[nodiscard]] PlanTime plan_time(std::int64_t points, const Protocol& protocol);

}  // namespace ergon
