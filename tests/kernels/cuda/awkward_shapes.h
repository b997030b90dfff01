#pragma once

#include <vector>

#include "kernels/problem.h"

namespace ergon {

// As awkward_problems, for CUDA kernels: in f32, f16 and bf16 (gemm also in tf32), around the tiles
// of tensor cores, and what GPUs run of models: heads of 64, 128 and 256, decoding, long rows.
[[nodiscard]] std::vector<Problem> awkward_problems_cuda(const Primitive& primitive);

}  // namespace ergon
