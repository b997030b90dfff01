#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "kernels/gemm/cuda_plan.h"
#include "kernels/kernel.h"

namespace ergon {

// What a launch of a CUDA GEMM kernel is told. Row-major and packed; c's element is f32 where
// `wide`, else that of a and b.
struct CudaGemmArguments {
  const std::byte* a;  // m x k
  const std::byte* b;  // k x n, or n x k
  const float* bias;   // n; null where there is none
  std::byte* c;        // m x n
  float* partial;      // splits x m x n, sums of the parts of k; null where k is not split
  int m, n, k;
  int k_split;  // see CudaGemmPlan
  int tiles_m, tiles_n;
  int splits;
  bool gelu;
  bool wide;
  std::int64_t batch;  // products, one after the other in a, b and c
};

// Of `gemm` and `batched_gemm` alike; what the plan decides is not set.
[[nodiscard]] CudaGemmArguments cuda_gemm_arguments(const Binding& binding);

// The reason extents are too large for a kernel's indices and grids; empty where they are not.
[[nodiscard]] std::string refuse_cuda_extents(const Problem& problem);

// Rows of a and b start at multiples of so many elements. (Of c: n.)
[[nodiscard]] bool rows_are_multiples(const CudaGemmArguments& gemm, bool transposed, int elements);

}  // namespace ergon
