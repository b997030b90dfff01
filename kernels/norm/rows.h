#pragma once

#include <cstdint>

#include "kernels/kernel.h"

namespace ergon {

// A layernorm or rmsnorm of packed rows of f32.
struct NormArguments {
  std::int64_t columns;
  const float* x;      // rows x columns
  const float* gamma;  // columns
  const float* beta;   // columns; null for rmsnorm
  float* out;          // rows x columns
  bool out_ahead;      // the next row of out is prefetched, as that of x is
};

// The rows from `begin` to `end`; serial.
using NormFunction = void (*)(const NormArguments& norm, std::int64_t begin, std::int64_t end);

// Whether non-temporal stores pay: what is written stays in no cache, and rows begin at its lines.
[[nodiscard]] bool norm_streams(const Binding& binding);

// Threads take equal numbers of whole rows, at least 4096 elements each: a row is never split.
[[nodiscard]] Launch bind_norm(const Binding& binding, NormFunction function);

}  // namespace ergon
