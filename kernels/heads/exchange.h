#pragma once

#include <cstdint>

#include "kernels/kernel.h"

namespace ergon {

// split_heads and merge_heads: out[b, j, i] = in[b, i, j], rows of `row` floats that stay whole; in
// is batch x outer x inner rows, out batch x inner x outer.
struct HeadExchange {
  std::int64_t batch, outer, inner, row;
  const float* in;
  float* out;
};
[[nodiscard]] HeadExchange split_heads_of(const Binding& binding);
[[nodiscard]] HeadExchange merge_heads_of(const Binding& binding);

// The rows of out from `begin` to `end`; serial.
using HeadFunction = void (*)(const HeadExchange& heads, std::int64_t begin, std::int64_t end);

// Threads take equal numbers of rows of out, at least 4096 elements each.
[[nodiscard]] Launch bind_heads(const Binding& binding, const HeadExchange& heads,
                                HeadFunction function);

}  // namespace ergon
