#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/bf16.h"
#include "kernels/softmax/rows.h"

namespace ergon {
namespace {

#include "kernels/math/neon.inl.h"
// The functions need the vectors.
#include "kernels/math/functions.inl.h"
//
#include "kernels/math/neon_narrow.inl.h"
// The rows need them all.
#include "kernels/softmax/rows.inl.h"

Launch bind(const Binding& binding) {
  return is_bf16(binding) ? bind_softmax(binding, softmax_bf16_rows)
                          : bind_softmax(binding, {softmax_rows, softmax_rows_stream});
}

}  // namespace

namespace kernel {
extern const Kernel softmax_neon = {
    .primitive = "softmax",
    .name = "neon",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kNeon},
    .source = "three passes; exp in base 2 by a polynomial of degree 5",
    .refuses = refuse_but_f32_or_bf16,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
