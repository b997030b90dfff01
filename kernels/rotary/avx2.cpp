#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/target.h"
#include "kernels/rotary/rows.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX2
#include "kernels/math/avx2.inl.h"
// The rows need the vectors.
#include "kernels/rotary/rows.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) { return bind_rotary(binding, rotate_row); }

}  // namespace

namespace kernel {
extern const Kernel rotary_avx2 = {
    .primitive = "rotary",
    .name = "avx2",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx2 | kFma},
    .source = "both halves of a head at once",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
