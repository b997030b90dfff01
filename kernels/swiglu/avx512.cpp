#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/target.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX512
#include "kernels/math/avx512.inl.h"
// The functions and the elements need the vectors.
#include "kernels/math/elements.inl.h"
#include "kernels/math/functions.inl.h"
// The gate needs both.
#include "kernels/swiglu/pairs.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) { return bind_elementwise(binding, map_pairs<gated>); }

}  // namespace

namespace kernel {
extern const Kernel swiglu_avx512 = {
    .primitive = "swiglu",
    .name = "avx512",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx512f},
    .source = "silu as its kernel, times up in the same pass",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
