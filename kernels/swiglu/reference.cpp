#include "kernels/cpu/elementwise.h"
#include "kernels/silu/definition.h"

namespace ergon {
namespace {

void swiglu_elements(const float* gate, const float* up, float* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = silu_of(gate[i]) * up[i];
}

Launch bind(const Binding& binding) { return bind_elementwise(binding, swiglu_elements); }

}  // namespace

namespace kernel {
extern const Kernel swiglu_reference = {
    .primitive = "swiglu",
    .name = "reference",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "the definition, in floats",
    .refuses = refuse_reference,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
