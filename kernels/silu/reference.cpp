#include "kernels/cpu/elementwise.h"
#include "kernels/silu/definition.h"

namespace ergon {
namespace {

void silu_elements(const float* in, float* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = silu_of(in[i]);
}

Launch bind(const Binding& binding) { return bind_elementwise(binding, silu_elements); }

}  // namespace

namespace kernel {
extern const Kernel silu_reference = {
    .primitive = "silu",
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
