#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/elementwise.h"
#include "kernels/rotary/rows.h"

namespace ergon {
namespace {

#include "kernels/math/neon.inl.h"
// The rows need the vectors.
#include "kernels/rotary/rows.inl.h"

Launch bind(const Binding& binding) { return bind_rotary(binding, rotate_row); }

}  // namespace

namespace kernel {
extern const Kernel rotary_neon = {
    .primitive = "rotary",
    .name = "neon",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kNeon},
    .source = "both halves of a head at once",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
