#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/target.h"
#include "kernels/fma/contraction.h"
#include "kernels/fma/lanes.h"

namespace ergon {
namespace {

// 2 ports x 4 cycles of latency (5 on some) are 8 to 10 chains in flight; 12 fit in 32 registers
// with 2 of inputs and the factor.
constexpr std::size_t kChains = 12;
ERGON_TARGET_BEGIN_AVX512
#include "kernels/math/avx512.inl.h"
// The lanes need the vectors.
#include "kernels/fma/lanes.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) { return bind_fma(binding, fma_lanes); }

}  // namespace

namespace kernel {
extern const Kernel fma_avx512 = {
    .primitive = "fma",
    .name = "avx512",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx512f},
    .source = "12 independent chains of zmm",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
