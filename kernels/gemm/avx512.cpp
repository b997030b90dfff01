#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/target.h"
#include "kernels/gemm/blocked.h"
#include "kernels/gemm/microkernel.h"
#include "kernels/kernel.h"

ERGON_TARGET_BEGIN_AVX512
namespace ergon {
namespace {
#include "kernels/math/avx512.inl.h"
// The functions need the vectors, and the microkernels both.
#include "kernels/math/functions.inl.h"
//
#include "kernels/gemm/microkernel.inl.h"

// 6 x 4 vectors: 24 sums, 4 vectors of b and a factor in 32 registers; 24 multiply-adds need 10
// loads a step of k, so that two units of each kind never wait for loads.
constexpr GemmInstructions kInstructions = make_instructions(6, 4);
}  // namespace
}  // namespace ergon
ERGON_TARGET_END

namespace ergon {

const GemmInstructions kGemmAvx512 = kInstructions;

namespace {

Launch bind(const Binding& binding) { return bind_blocked_gemm(binding, kGemmAvx512); }

}  // namespace

namespace kernel {
extern const Kernel gemm_avx512 = {
    .primitive = "gemm",
    .name = "avx512",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx512f},
    .source = "Goto & van de Geijn 2008 as BLIS arranges it; 6x64 tiles",
    .refuses = refuse_blocked_gemm,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
