#pragma once

#include <cstdint>

#include "kernels/kernel.h"

namespace ergon {

// One row of scores: the first `seen` are scaled, and the mask added where there is one; the others
// are masked, unread.
struct ScoreRow {
  const float* scores;
  const float* mask;  // null where there is none
  float* out;
  std::int64_t keys;
  std::int64_t seen;
};

using ScaleMaskFunction = void (*)(const ScoreRow& row);

// Threads take equal numbers of whole rows, at least 4096 elements each.
[[nodiscard]] Launch bind_scale_mask(const Binding& binding, ScaleMaskFunction function);

}  // namespace ergon
