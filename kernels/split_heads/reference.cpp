#include <algorithm>

#include "kernels/heads/exchange.h"

namespace ergon {
namespace {

void copy(const float* in, float* out, std::int64_t count) { std::copy(in, in + count, out); }

Launch bind(const Binding& binding) { return bind_split_heads(binding, copy); }

}  // namespace

namespace kernel {
extern const Kernel split_heads_reference = {
    .primitive = "split_heads",
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
