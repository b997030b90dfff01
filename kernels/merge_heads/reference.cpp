#include <algorithm>

#include "kernels/heads/exchange.h"

namespace ergon {
namespace {

void copy(const float* in, float* out, std::int64_t count) { std::copy(in, in + count, out); }

Launch bind(const Binding& binding) { return bind_merge_heads(binding, copy); }

}  // namespace

namespace kernel {
extern const Kernel merge_heads_reference = {
    .primitive = "merge_heads",
    .name = "reference",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "the C library's memmove, a head of a position at a time",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
