#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/bf16.h"
#include "kernels/cpu/elementwise.h"

namespace ergon {
namespace {

#include "kernels/math/neon.inl.h"
// The functions and the elements need the vectors.
#include "kernels/math/functions.inl.h"
//
#include "kernels/math/each_element.inl.h"

Launch bind(const Binding& binding) {
  const bool erf = binding.problem.choice("form") == "erf";
  if (is_bf16(binding)) {
    return bind_elementwise(binding, erf ? map_each<gelu_erf, Bf16> : map_each<gelu_tanh, Bf16>);
  }
  return bind_elementwise(binding, erf ? map_each<gelu_erf, float> : map_each<gelu_tanh, float>);
}

}  // namespace

namespace kernel {
extern const Kernel gelu_neon = {
    .primitive = "gelu",
    .name = "neon",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kNeon},
    .source = "x times a sigmoid that is one polynomial of degree 14; no division",
    .refuses = refuse_but_f32_or_bf16,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
