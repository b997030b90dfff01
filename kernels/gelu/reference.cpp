#include <cmath>
#include <numbers>

#include "kernels/cpu/bf16.h"
#include "kernels/cpu/elementwise.h"
#include "kernels/kernel.h"
#include "kernels/refusal.h"

namespace ergon {
namespace {

float gelu_erf(float x) {
  return 0.5F * x * (1 + std::erf(x * (1 / std::numbers::sqrt2_v<float>)));
}

float gelu_tanh(float x) {
  constexpr float kRootOf2ByPi = 0.797884561F;
  return 0.5F * x * (1 + std::tanh(kRootOf2ByPi * (x + 0.044715F * x * x * x)));
}

template <float (*kForm)(float)>
void map_f32(const float* in, float* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = kForm(in[i]);
}

template <float (*kForm)(float)>
void map_bf16(const Bf16* in, Bf16* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = narrow(kForm(widen(in[i])));
}

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_but_f32_or_bf16(problem, weights_packed); !why.empty()) return why;
  return refuse_cost_above(kReferenceFlopsMax, problem);
}

Launch bind(const Binding& binding) {
  const bool erf = binding.problem.choice("form") == "erf";
  if (is_bf16(binding)) {
    return bind_elementwise(binding, erf ? map_bf16<gelu_erf> : map_bf16<gelu_tanh>);
  }
  return bind_elementwise(binding, erf ? map_f32<gelu_erf> : map_f32<gelu_tanh>);
}

}  // namespace

namespace kernel {
extern const Kernel gelu_reference = {
    .primitive = "gelu",
    .name = "reference",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "the definition, in floats",
    .refuses = refuses,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
