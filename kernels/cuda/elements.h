#pragma once

#include <string>

#include "kernels/cuda/launch.h"
#include "kernels/refusal.h"

// The dtypes that the memory-bound CUDA kernels take, and the choice of a template by them.
namespace ergon::ERGON_CUDA {

inline constexpr Dtypes kF32 = {};
inline constexpr Dtypes kF16 = {Dtype::f16, Dtype::f16, Dtype::f32, Dtype::f16};
inline constexpr Dtypes kBf16 = {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::bf16};

inline std::string refuse_but_floats(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_packed_weights(weights_packed); !why.empty()) return why;
  return refuse_dtypes_outside({kF32, kF16, kBf16}, problem);
}

// make(Element{}) with the element type of `out`, which is one of refuse_but_floats.
template <class Make>
[[nodiscard]] Launch of_element(const Problem& problem, const Make& make) {
  if (problem.dtypes.out == Dtype::f16) return make(F16{});
  if (problem.dtypes.out == Dtype::bf16) return make(Bf16{});
  return make(float{});
}

template <class Element>
[[nodiscard]] Element* operand(const Binding& binding, std::size_t index) {
  return reinterpret_cast<Element*>(binding.operands[index].get());
}

[[nodiscard]] inline std::int64_t multiprocessors(const Binding& binding) {
  return cuda_device(binding.device).properties().multiprocessors;
}

}  // namespace ergon::ERGON_CUDA
