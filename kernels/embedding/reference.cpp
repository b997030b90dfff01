#include <algorithm>

#include "kernels/embedding/lookup.h"

namespace ergon {
namespace {

void copy(const float* in, float* out, std::int64_t count) { std::copy(in, in + count, out); }

Launch bind(const Binding& binding) { return bind_embedding(binding, copy); }

}  // namespace

namespace kernel {
extern const Kernel embedding_reference = {
    .primitive = "embedding",
    .name = "reference",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "the C library's memmove, a row a token",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
