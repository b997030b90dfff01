#pragma once

#include <cstdint>
#include <vector>

#include "kernels/problem.h"

namespace ergon {

// Small problems that break kernels: extents of 1, around tiles and vectors (tile - 1, tile,
// tile + 1), primes, one of each option. Every primitive has some.
[[nodiscard]] std::vector<Problem> awkward_problems(const Primitive& primitive);

// Problems of every combination of the options, in f32.
[[nodiscard]] std::vector<Problem> with_options(
    const Primitive& primitive, const std::vector<std::vector<std::int64_t>>& extents);

}  // namespace ergon
