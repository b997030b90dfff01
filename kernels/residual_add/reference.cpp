#include "kernels/cpu/elementwise.h"

namespace ergon {
namespace {

void residual_add_elements(const float* a, const float* b, float* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = a[i] + b[i];
}

Launch bind(const Binding& binding) { return bind_elementwise(binding, residual_add_elements); }

}  // namespace

namespace kernel {
extern const Kernel residual_add_reference = {
    .primitive = "residual_add",
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
