#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/target.h"
#include "kernels/scale_mask/constants.h"
#include "kernels/scale_mask/rows.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX2
#include "kernels/math/avx2.inl.h"
// The elements need the vectors.
#include "kernels/math/elements.inl.h"
// The rows need both.
#include "kernels/scale_mask/rows.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) { return bind_scale_mask(binding, scale_mask_row); }

}  // namespace

namespace kernel {
extern const Kernel scale_mask_avx2 = {
    .primitive = "scale_mask",
    .name = "avx2",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx2 | kFma},
    .source = "one product, or a fused multiply-add with the mask",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
