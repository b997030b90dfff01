#pragma once

#include <functional>
#include <vector>

#include "harness/config/plan.h"

namespace ergon {

// Sentinels are measured at most where a plan has this many points for each of them.
inline constexpr int kPointsPerSentinel = 8;

// The points of a plan that are measured again and again while it runs, to see the machine drift:
// of those that do work, in the order of their operations per byte, the ones in the middle of as
// many equal parts, or next to there where `runs` says that one cannot. So two sentinels are one
// that memory binds and one that arithmetic binds, and neither is an extreme. Chosen from the whole
// plan, its shards have the same ones, and nodes can be compared by them. Pointers into the plan.
[[nodiscard]] std::vector<const Point*> choose_sentinels(
    const Plan& plan, int count, const std::function<bool(const Point&)>& runs);

}  // namespace ergon
