#include <algorithm>

#include "kernels/cpu/elementwise.h"
#include "kernels/heads/exchange.h"

namespace ergon {
namespace {

void copy_heads(const HeadExchange& heads, std::int64_t begin, std::int64_t end) {
  for (std::int64_t to = begin; to < end; ++to) {
    const std::int64_t i = to % heads.outer;
    const std::int64_t j = to / heads.outer % heads.inner;
    const std::int64_t from = (to - j * heads.outer - i) + i * heads.inner + j;
    std::copy_n(heads.in + from * heads.row, heads.row, heads.out + to * heads.row);
  }
}

Launch bind(const Binding& binding) {
  return bind_heads(binding, merge_heads_of(binding), copy_heads);
}

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
