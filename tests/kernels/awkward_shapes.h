#pragma once

#include <vector>

#include "kernels/problem.h"

namespace ergon {

// Small problems that break kernels: extents of 1, around tiles and vectors (tile - 1, tile,
// tile + 1), primes, one of each option. Every primitive has some.
[[nodiscard]] std::vector<Problem> awkward_problems(const Primitive& primitive);

}  // namespace ergon
