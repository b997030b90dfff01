#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/bf16.h"
#include "kernels/cpu/target.h"
#include "kernels/softmax/rows.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX2
#include "kernels/math/avx2.inl.h"
// The functions need the vectors.
#include "kernels/math/functions.inl.h"
//
#include "kernels/math/avx2_narrow.inl.h"
// The rows need them all.
#include "kernels/softmax/rows.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) {
  return is_bf16(binding) ? bind_softmax(binding, softmax_bf16_rows)
                          : bind_softmax(binding, {softmax_rows, softmax_rows_stream});
}

}  // namespace

namespace kernel {
extern const Kernel softmax_avx2 = {
    .primitive = "softmax",
    .name = "avx2",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx2 | kFma},
    .source =
        "three passes, beyond the caches the last past them; exp in base 2 by a polynomial of "
        "degree 5",
    .refuses = refuse_but_f32_or_bf16,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
