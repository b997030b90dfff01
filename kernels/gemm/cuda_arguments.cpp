#include "kernels/gemm/cuda_arguments.h"

#include <algorithm>

#include "kernels/gemm/arguments.h"

namespace ergon {
namespace {

bool is_batched(const Problem& problem) {
  return std::ranges::find(problem.primitive->axes, "batch") != problem.primitive->axes.end();
}

}  // namespace

CudaGemmArguments cuda_gemm_arguments(const Binding& binding) {
  const Problem& problem = binding.problem;
  CudaGemmArguments gemm = {};
  if (is_batched(problem)) {
    gemm.a = binding.operands[0].get();
    gemm.b = binding.operands[1].get();
    gemm.c = binding.operands[2].get();
    gemm.batch = problem.extent("batch");
  } else {
    const GemmOperands operands = gemm_operands(binding);
    gemm.a = operands.a;
    gemm.b = operands.b;
    gemm.bias = reinterpret_cast<const float*>(operands.bias);
    gemm.c = operands.c;
    gemm.gelu = problem.choice("epilogue") == "gelu";
    gemm.batch = 1;
  }
  gemm.m = static_cast<int>(problem.extent("m"));
  gemm.n = static_cast<int>(problem.extent("n"));
  gemm.k = static_cast<int>(problem.extent("k"));
  gemm.wide = problem.dtypes.out == Dtype::f32;
  return gemm;
}

std::string refuse_cuda_extents(const Problem& problem) {
  for (const char* axis : {"m", "n", "k"}) {
    if (problem.extent(axis) > kCudaExtentMax) return std::string(axis) + " is over 2^30";
  }
  // A grid is 65535 deep. Its blocks, tiles of 64 x 64 at the least, are 2^31 across at most, which
  // c of 2^43 elements would need.
  if (is_batched(problem) && problem.extent("batch") > 65535) return "batch is over 65535";
  return "";
}

bool rows_are_multiples(const CudaGemmArguments& gemm, bool transposed, int elements) {
  return gemm.k % elements == 0 && (transposed || gemm.n % elements == 0);
}

}  // namespace ergon
