#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/target.h"
#include "kernels/fma/contraction.h"
#include "kernels/fma/lanes.h"

namespace ergon {
namespace {

// 2 ports x 4 cycles of latency (5 on some) are 8 to 10 chains in flight. The 16 registers hold
// 10, 4 of inputs and the factor.
constexpr std::size_t kChains = 10;
ERGON_TARGET_BEGIN_AVX2
#include "kernels/math/avx2.inl.h"
// The lanes need the vectors.
#include "kernels/fma/lanes.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) { return bind_fma(binding, fma_lanes); }

}  // namespace

namespace kernel {
extern const Kernel fma_avx2 = {
    .primitive = "fma",
    .name = "avx2",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx2 | kFma},
    .source = "10 independent chains of ymm",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
