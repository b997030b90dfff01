#include <algorithm>

#include "kernels/cpu/elementwise.h"
#include "kernels/kernel.h"

namespace ergon {
namespace {

void copy(const float* in, float* out, std::int64_t count) { std::copy(in, in + count, out); }

Launch bind(const Binding& binding) { return bind_elementwise(binding, copy); }

}  // namespace

namespace kernel {
extern const Kernel copy_reference = {
    .primitive = "copy",
    .name = "reference",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "the C library's memmove",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
