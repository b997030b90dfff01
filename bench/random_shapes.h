#pragma once

#include <cstdint>
#include <vector>

#include "harness/config/point.h"

namespace ergon {

// Draws `count` problems for each primitive of `listed`, and gives every kernel and number of
// threads that the list has of it with plain weights, warm. Extents are log-uniform over what
// transformers have, options even:
//   gemm        m 1 to 1024, n and k 64 to 4096; plain and transposed
//   batched_gemm  batch 1 to 96, m and n 16 to 512, k 32 to 128; plain and transposed
//   attention   batch 1 to 4, heads 1 to 16 and key heads that divide them, head size 32, 64, 80,
//   96
//               or 128, a prompt of 16 to 1024 or, one in four, one query against 128 to 4096 keys;
//               no mask or causal
//   softmax     rows 16 to 4096, columns 16 to 4096
//   layernorm, rmsnorm  rows 1 to 4096, columns 64 to 4096
//   gelu, tanh, relu, silu, swiglu, residual_add  4096 to 4 M elements; either form of GELU
// Not rounded to anything. The same for one seed on every machine. Throws Error for another
// primitive.
[[nodiscard]] std::vector<Point> random_points(const std::vector<Point>& listed, int count,
                                               std::uint64_t seed);

}  // namespace ergon
