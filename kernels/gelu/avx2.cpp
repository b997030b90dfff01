#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/bf16.h"
#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/target.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX2
#include "kernels/math/avx2.inl.h"
// The functions need the vectors.
#include "kernels/math/functions.inl.h"
//
#include "kernels/math/avx2_narrow.inl.h"
// The elements need what reads and writes them.
#include "kernels/math/elements.inl.h"
ERGON_TARGET_END

#include "kernels/gelu/bind.inl.h"

}  // namespace

namespace kernel {
extern const Kernel gelu_avx2 = {
    .primitive = "gelu",
    .name = "avx2",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx2 | kFma},
    .source = "x times a sigmoid that is one polynomial of degree 14; no division",
    .refuses = refuse_but_f32_or_bf16,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
