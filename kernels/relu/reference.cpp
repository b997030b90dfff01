#include <algorithm>

#include "kernels/cpu/elementwise.h"

namespace ergon {
namespace {

void relu_elements(const float* in, float* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = std::max(in[i], 0.0F);
}

Launch bind(const Binding& binding) { return bind_elementwise(binding, relu_elements); }

}  // namespace

namespace kernel {
extern const Kernel relu_reference = {
    .primitive = "relu",
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
