#pragma once

#include <cstdint>

#include "kernels/cpu/team.h"

namespace ergon {

// Calls f(first, count) for tiles of at most `most` that cut a range as evenly as can be.
template <class Function>
void for_even_tiles(const Share& range, std::int64_t most, const Function& f) {
  const std::int64_t count = range.end - range.begin;
  const std::int64_t tiles = (count + most - 1) / most;
  for (std::int64_t i = 0; i < tiles; ++i) {
    const std::int64_t begin = range.begin + count * i / tiles;
    f(begin, range.begin + count * (i + 1) / tiles - begin);
  }
}

}  // namespace ergon
