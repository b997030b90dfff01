#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/target.h"
#include "kernels/scale_mask/constants.h"
#include "kernels/scale_mask/rows.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX512
#include "kernels/math/avx512.inl.h"
// The elements need the vectors.
#include "kernels/math/elements.inl.h"
// The rows need both.
#include "kernels/scale_mask/rows.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) { return bind_scale_mask(binding, scale_mask_row); }

}  // namespace

namespace kernel {
extern const Kernel scale_mask_avx512 = {
    .primitive = "scale_mask",
    .name = "avx512",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx512f},
    .source = "one product, or a fused multiply-add with the mask",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
