#include "kernels/cuda/cublaslt.h"

#include <string>

#include "kernels/gemm/arguments.h"

namespace ergon {
namespace {

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_but_cublaslt(problem, weights_packed); !why.empty()) return why;
  // cuBLAS, "cublasLtEpilogue_t": GELU there is the approximation by tanh.
  if (problem.choice("epilogue") == "gelu") return "cuBLASLt's GELU is by tanh, this one by erf";
  if (problem.choice("bias") == "yes" && problem.dtypes.out != Dtype::f32) {
    return "cuBLASLt's bias has the output's dtype, this one's is f32";
  }
  return "";
}

Launch bind(const Binding& binding) {
  const Problem& problem = binding.problem;
  const GemmOperands operands = gemm_operands(binding);
  return bind_cublaslt(cuda_device(binding.device),
                       {.dtypes = problem.dtypes,
                        .m = problem.extent("m"),
                        .n = problem.extent("n"),
                        .k = problem.extent("k"),
                        .batch = 1,
                        .transposed = problem.choice("transpose_b") == "yes",
                        .a = operands.a,
                        .b = operands.b,
                        .bias = operands.bias,
                        .c = operands.c});
}

}  // namespace

namespace kernel {
extern const Kernel gemm_cublaslt = {
    .primitive = "gemm",
    .name = "cublaslt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 75},
    .source = "cuBLASLt, opened at run time; the fastest of what its heuristics propose",
    .refuses = refuses,
    .missing = cublaslt_missing,
    .bind = bind,
    .version = cublaslt_version,
};
}  // namespace kernel

}  // namespace ergon
