#include "kernels/cpu/elementwise.h"
#include "kernels/rotary/rows.h"

namespace ergon {
namespace {

void rotate_row(const RotaryRow& row) {
  for (std::int64_t i = 0; i < row.half; ++i) {
    const float first = row.x[i];
    const float second = row.x[i + row.half];
    row.out[i] = first * row.cosines[i] - second * row.sines[i];
    row.out[i + row.half] = second * row.cosines[i] + first * row.sines[i];
  }
}

Launch bind(const Binding& binding) { return bind_rotary(binding, rotate_row); }

}  // namespace

namespace kernel {
extern const Kernel rotary_reference = {
    .primitive = "rotary",
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
