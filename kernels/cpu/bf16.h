#pragma once

#include <cstdint>
#include <string>

#include "kernels/bf16.h"
#include "kernels/kernel.h"

namespace ergon {

// What kernels of bf16 operands share: they compute and sum in f32, and round once, at the end.
inline constexpr Dtypes kBf16Dtypes = {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::bf16};

[[nodiscard]] inline bool is_bf16(const Binding& binding) {
  return binding.problem.dtypes.a == Dtype::bf16;
}

// Operand `i` of a binding whose operand is of bf16.
[[nodiscard]] inline Bf16* bf16_of(const Binding& binding, std::size_t i) {
  return reinterpret_cast<Bf16*>(binding.operands[i].get());
}

// out[i] = f(in[i]) for `count` packed elements; serial, with the instructions of one target
// region.
using Bf16Function = void (*)(const Bf16* in, Bf16* out, std::int64_t count);

// For primitives with one axis "elements", one input and out: the threads take equal contiguous
// parts that begin at cache lines, at least 4096 elements each.
[[nodiscard]] Launch bind_elementwise(const Binding& binding, Bf16Function function);

// All but f32 and bf16, all but bf16; and packed weights.
[[nodiscard]] std::string refuse_but_f32_or_bf16(const Problem& problem, bool weights_packed);
[[nodiscard]] std::string refuse_but_bf16(const Problem& problem, bool weights_packed);

}  // namespace ergon
