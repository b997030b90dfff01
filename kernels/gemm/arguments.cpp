#include "kernels/gemm/arguments.h"

namespace ergon {

GemmArguments gemm_arguments(const Binding& binding) {
  const Problem& problem = binding.problem;
  const auto floats = [&](std::size_t i) {
    return reinterpret_cast<float*>(binding.operands[i].get());
  };
  const bool has_bias = problem.choice("bias") == "yes";
  return {.m = problem.extent("m"),
          .n = problem.extent("n"),
          .k = problem.extent("k"),
          .transposed = problem.choice("transpose_b") == "yes",
          .gelu = problem.choice("epilogue") == "gelu",
          .a = floats(0),
          .b = floats(1),
          .bias = has_bias ? floats(2) : nullptr,
          .c = floats(has_bias ? 3 : 2)};
}

}  // namespace ergon
