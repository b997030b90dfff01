#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/bf16.h"
#include "kernels/cpu/target.h"
#include "kernels/softmax/rows.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX512
#include "kernels/math/avx512.inl.h"
// The functions need the vectors.
#include "kernels/math/functions.inl.h"
//
#include "kernels/math/avx512_round.inl.h"
// Reading and writing bf16 needs the rounding.
#include "kernels/math/avx512_narrow.inl.h"
// The rows need them all.
#include "kernels/softmax/rows.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) {
  return is_bf16(binding) ? bind_softmax(binding, softmax_bf16_rows)
                          : bind_softmax(binding, {softmax_rows, softmax_rows_stream});
}

}  // namespace

namespace kernel {
extern const Kernel softmax_avx512 = {
    .primitive = "softmax",
    .name = "avx512",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx512f},
    .source =
        "three passes, beyond the caches the last past them; exp in base 2 by a polynomial of "
        "degree 5",
    .refuses = refuse_but_f32_or_bf16,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
