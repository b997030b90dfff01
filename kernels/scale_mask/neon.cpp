#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/elementwise.h"
#include "kernels/scale_mask/constants.h"
#include "kernels/scale_mask/rows.h"

namespace ergon {
namespace {

#include "kernels/math/neon.inl.h"
// The elements need the vectors.
#include "kernels/math/elements.inl.h"
// The rows need both.
#include "kernels/scale_mask/rows.inl.h"

Launch bind(const Binding& binding) { return bind_scale_mask(binding, scale_mask_row); }

}  // namespace

namespace kernel {
extern const Kernel scale_mask_neon = {
    .primitive = "scale_mask",
    .name = "neon",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kNeon},
    .source = "one product, or a fused multiply-add with the mask",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
