#include "kernels/cuda/cublaslt.h"

#include <string>

namespace ergon {
namespace {

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_but_cublaslt(problem, weights_packed); !why.empty()) return why;
  constexpr std::int64_t kIntMax = 2147483647;
  return problem.extent("batch") > kIntMax ? "cuBLASLt counts a batch in 32 bits" : "";
}

Launch bind(const Binding& binding) {
  const Problem& problem = binding.problem;
  return bind_cublaslt(cuda_device(binding.device),
                       {.dtypes = problem.dtypes,
                        .m = problem.extent("m"),
                        .n = problem.extent("n"),
                        .k = problem.extent("k"),
                        .batch = problem.extent("batch"),
                        .transposed = problem.choice("transpose_b") == "yes",
                        .a = binding.operands[0].get(),
                        .b = binding.operands[1].get(),
                        .bias = nullptr,
                        .c = binding.operands[2].get()});
}

}  // namespace

namespace kernel {
extern const Kernel batched_gemm_cublaslt = {
    .primitive = "batched_gemm",
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
