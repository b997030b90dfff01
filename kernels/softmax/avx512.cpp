#include <immintrin.h>

#include <cstddef>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/target.h"
#include "kernels/softmax/rows.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX512
#include "kernels/math/avx512.inl.h"
// The functions need the vectors.
#include "kernels/math/functions.inl.h"
#include "kernels/softmax/rows.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) { return bind_softmax(binding, softmax_rows); }

}  // namespace

namespace kernel {
extern const Kernel softmax_avx512 = {
    .primitive = "softmax",
    .name = "avx512",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx512f},
    .source = "three passes; exp in base 2 by a polynomial of degree 5",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
