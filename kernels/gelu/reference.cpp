#include <cmath>
#include <numbers>

#include "kernels/cpu/elementwise.h"
#include "kernels/kernel.h"
#include "kernels/refusal.h"

namespace ergon {
namespace {

void gelu_erf(const float* in, float* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = 0.5F * in[i] * (1 + std::erf(in[i] * (1 / std::numbers::sqrt2_v<float>)));
  }
}

void gelu_tanh(const float* in, float* out, std::int64_t count) {
  constexpr float kRootOf2ByPi = 0.797884561F;
  for (std::int64_t i = 0; i < count; ++i) {
    const float x = in[i];
    out[i] = 0.5F * x * (1 + std::tanh(kRootOf2ByPi * (x + 0.044715F * x * x * x)));
  }
}

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_but_f32(problem, weights_packed); !why.empty()) return why;
  return refuse_cost_above(kReferenceFlopsMax, problem);
}

Launch bind(const Binding& binding) {
  return bind_elementwise(binding, binding.problem.choice("form") == "erf" ? gelu_erf : gelu_tanh);
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
