#include <cmath>

#include "kernels/cpu/elementwise.h"

namespace ergon {
namespace {

void tanh_elements(const float* in, float* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = std::tanh(in[i]);
}

Launch bind(const Binding& binding) { return bind_elementwise(binding, tanh_elements); }

}  // namespace

namespace kernel {
extern const Kernel tanh_reference = {
    .primitive = "tanh",
    .name = "reference",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "the C library, in floats",
    .refuses = refuse_reference,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
