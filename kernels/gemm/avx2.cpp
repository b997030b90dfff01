#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/target.h"
#include "kernels/gemm/blocked.h"
#include "kernels/gemm/microkernel.h"
#include "kernels/kernel.h"

ERGON_TARGET_BEGIN_AVX2
namespace ergon {
namespace {
#include "kernels/math/avx2.inl.h"
// The functions need the vectors, and the microkernels both.
#include "kernels/math/functions.inl.h"
//
#include "kernels/gemm/microkernel.inl.h"

// 6 x 2 vectors, BLIS' tile for Haswell: 12 sums, 2 vectors of b and a factor in 16 registers; 2
// units x 4-5 cycles of latency want 10 sums under way.
constexpr GemmInstructions kInstructions = make_instructions(6, 2);
}  // namespace
}  // namespace ergon
ERGON_TARGET_END

namespace ergon {

const GemmInstructions kGemmAvx2 = kInstructions;

namespace {

Launch bind(const Binding& binding) { return bind_blocked_gemm(binding, kGemmAvx2); }

}  // namespace

namespace kernel {
extern const Kernel gemm_avx2 = {
    .primitive = "gemm",
    .name = "avx2",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx2 | kFma},
    .source = "Goto & van de Geijn 2008 as BLIS arranges it; 6x16 tiles",
    .refuses = refuse_blocked_gemm,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
