#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/config/sweep.h"

namespace ergon {

// Most points a sweep may have, and so most values an axis may take.
inline constexpr std::int64_t kPointsMax = 10'000'000;

// Every count-th point of a plan from `index`, which starts at 0.
struct Shard {
  int index = 0, count = 1;
};

// Reads "0/4" .. "3/4"; throws Error for anything else.
[[nodiscard]] Shard shard_named(std::string_view text);

// A point of a plan, and which of the passes over the plan it is measured in.
struct Visit {
  std::uint32_t point = 0;
  int replicate = 0;
};

// The points of a sweep in the order they are measured, which is random by the seed and balanced
// (balanced_order.h). Each point id occurs once. A replicate is a pass over all of them, each in an
// order of its own: a randomised complete block design. A pure function of the sweep, the same on
// every machine and with every compiler. About 200 bytes a point.
struct Plan {
  std::vector<Point> points;  // in the order of the first replicate
  int replicates = 1;
  std::uint64_t seed = 1;

  // Every point in every replicate, in order.
  [[nodiscard]] std::vector<Visit> visits() const;
  // Shards partition the points and stay balanced.
  [[nodiscard]] Plan shard(Shard part) const;
};

// Number of points before duplicates are dropped, without making them; for one group it stops at
// the largest int64, for a sweep it throws Error above kPointsMax.
[[nodiscard]] std::int64_t count_points(const Sweep::Group&);
[[nodiscard]] std::int64_t count_points(const Sweep&);

// "12,000,000", or "more than 9.2e18" where the count stopped.
[[nodiscard]] std::string points_text(std::int64_t points);

// Throws Error above kPointsMax, before anything is allocated.
[[nodiscard]] Plan make_plan(const Sweep&);

// Why this point can be measured nowhere (the problem is invalid, the kernel refuses it) or not on
// this machine (CPU features, a missing library, too few CPUs, too little memory); empty where it
// can be.
[[nodiscard]] std::string refusal(const Point&, int threads_max);

}  // namespace ergon
