#pragma once

#include "kernels/cuda/space.h"
#include "kernels/kernel.h"

namespace ergon::ERGON_CUDA {

// The launch of gemm/cuda_simt, and of a batch of products likewise.
[[nodiscard]] Launch bind_simt_gemm(const Binding& binding);

// The reason that kernel has for not doing a problem, of `gemm` or `batched_gemm`; or none.
[[nodiscard]] std::string refuse_simt_gemm(const Problem& problem, bool weights_packed);

}  // namespace ergon::ERGON_CUDA
