#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/cpu/target.h"
#include "kernels/gemm/blocked.h"
#include "kernels/gemm/microkernel.h"
#include "kernels/gemm/narrow.h"
#include "kernels/kernel.h"
#include "kernels/refusal.h"

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

// 5 x 4 vectors: 20 sums, 8 halves of a row of b, 2 of a factor and a mask are 31 of 32 registers.
constexpr int kWidenedRows = 5;
constexpr int kWidenedVectors = 4;
#include "kernels/math/avx512_round.inl.h"
//
#include "kernels/math/avx512_narrow.inl.h"
//
#include "kernels/gemm/narrow_dots.inl.h"
//
#include "kernels/gemm/narrow_widened.inl.h"
//
#include "kernels/gemm/narrow_tile.inl.h"

constexpr NarrowInstructions kBf16 = make_narrow_instructions<WidenedBf16>();
constexpr NarrowInstructions kInt8 = make_narrow_instructions<WidenedBytes>();
}  // namespace
}  // namespace ergon
ERGON_TARGET_END

namespace ergon {

const GemmInstructions kGemmAvx512 = kInstructions;

namespace {

std::string refuses(const Problem& problem, bool /*weights_packed*/) {
  return refuse_dtypes_outside({Dtypes{}, kGemmBf16, kGemmBf16ToF32, kGemmInt8, kGemmInt8ToF32},
                               problem);
}

Launch bind(const Binding& binding) {
  const Dtype a = binding.problem.dtypes.a;
  if (a == Dtype::f32) return bind_blocked_gemm(binding, kGemmAvx512);
  return bind_narrow_gemm(binding, a == Dtype::bf16 ? kBf16 : kInt8);
}

}  // namespace

namespace kernel {
extern const Kernel gemm_avx512 = {
    .primitive = "gemm",
    .name = "avx512",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx512f},
    .source = "Goto & van de Geijn 2008 as BLIS arranges it; 6x64 tiles; bf16 and bytes widened",
    .refuses = refuses,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
