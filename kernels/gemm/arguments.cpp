#include "kernels/gemm/arguments.h"

namespace ergon {

GemmOperands gemm_operands(const Binding& binding) {
  const Dtypes& dtypes = binding.problem.dtypes;
  const auto operand = [&](std::size_t i) { return binding.operands[i].get(); };
  const bool has_bias = binding.problem.choice("bias") == "yes";
  const bool has_scale = dtypes.accumulate == Dtype::i32 && dtypes.out != Dtype::i32;
  return {.a = operand(0),
          .b = operand(1),
          .bias = has_bias ? operand(2) : nullptr,
          .scale = has_scale ? reinterpret_cast<float*>(operand(has_bias ? 3 : 2)) : nullptr,
          .c = operand(binding.operands.size() - 1)};
}

GemmArguments gemm_arguments(const Binding& binding) {
  const Problem& problem = binding.problem;
  const GemmOperands operands = gemm_operands(binding);
  const auto floats = [](std::byte* operand) { return reinterpret_cast<float*>(operand); };
  return {.m = problem.extent("m"),
          .n = problem.extent("n"),
          .k = problem.extent("k"),
          .transposed = problem.choice("transpose_b") == "yes",
          .gelu = problem.choice("epilogue") == "gelu",
          .a = floats(operands.a),
          .b = floats(operands.b),
          .bias = floats(operands.bias),
          .c = floats(operands.c)};
}

}  // namespace ergon
