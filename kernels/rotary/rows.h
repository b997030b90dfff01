#pragma once

#include <cstdint>

#include "kernels/kernel.h"

namespace ergon {

// One head of one position: out[i] = x[i] cos[i] - x[i + half] sin[i], out[i + half] = x[i + half]
// cos[i] + x[i] sin[i] for i < half.
struct RotaryRow {
  const float* x;
  const float* cosines;
  const float* sines;
  float* out;
  std::int64_t half;
};

using RotaryFunction = void (*)(const RotaryRow& row);

// Threads take equal numbers of rows, at least 4096 elements each.
[[nodiscard]] Launch bind_rotary(const Binding& binding, RotaryFunction function);

}  // namespace ergon
