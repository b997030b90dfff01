#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/config/point.h"

namespace ergon {

// An order in which to visit points that is random, and balanced over time: a stretch of it, such
// as a block between two idle stretches, is a sample of all kernels and sizes, so that what drifts
// with time (heat, clocks, the room) lines up with none of them. The points of each kernel fall
// into strata of like size, three where it has six points or more; each stratum is shuffled and
// spread evenly, one point at a random place in each of as many equal parts of the time as it has
// points (stratified sampling: Cochran, Sampling Techniques, ch. 5; within a part, jittered). So
// any share of the time holds that share of a stratum's points to within two points.
//
// Indices into `points`; a pure function of points and seed, the same on every machine and with
// every compiler. 24 bytes a point while it works; at most 2^24 points.
[[nodiscard]] std::vector<std::uint32_t> balanced_order(std::span<const Point> points,
                                                        std::uint64_t seed);

}  // namespace ergon
