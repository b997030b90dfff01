#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/bf16.h"
#include "kernels/cpu/target.h"
#include "kernels/softmax/rows.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX512_BF16
#include "kernels/math/avx512.inl.h"
// The functions need the vectors.
#include "kernels/math/functions.inl.h"
//
#include "kernels/math/avx512_bf16_round.inl.h"
// Reading and writing bf16 needs the rounding.
#include "kernels/math/avx512_narrow.inl.h"
// The rows need them all.
#include "kernels/softmax/rows.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) { return bind_softmax(binding, softmax_bf16_rows); }

}  // namespace

namespace kernel {
extern const Kernel softmax_avx512_bf16 = {
    .primitive = "softmax",
    .name = "avx512_bf16",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx512f | kAvx512Bf16},
    .source = "three passes; exp in base 2 by a polynomial of degree 5; bf16 by its instruction",
    .refuses = refuse_but_bf16,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
