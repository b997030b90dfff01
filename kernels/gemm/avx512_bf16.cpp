#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/cpu/target.h"
#include "kernels/gemm/narrow.h"
#include "kernels/kernel.h"
#include "kernels/refusal.h"

ERGON_TARGET_BEGIN_AVX512_BF16
namespace ergon {
namespace {
#include "kernels/math/avx512.inl.h"
// The functions need the vectors, and the microkernels both.
#include "kernels/math/functions.inl.h"
//
#include "kernels/math/avx512_bf16_round.inl.h"
//
#include "kernels/math/avx512_narrow.inl.h"
//
#include "kernels/gemm/narrow_dots.inl.h"
//
#include "kernels/gemm/narrow_tile.inl.h"

// 6 x 4 vectors, as in f32: a lane's sum grows by two products an instruction. The instruction
// takes subnormals for zero and rounds to nearest even, whatever the thread's modes.
struct DotBf16 : HalvesToFloats {
  using Left = Words;
  using Right = Words;
  static constexpr int kRows = 6;
  static constexpr int kVectors = 4;
  static constexpr int kDotRows = 6;
  static constexpr int kDotColumns = 4;
  static Words left(Words a) { return a; }
  static Words right(Words b) { return b; }
  static Sum add_products(Sum sum, Words a, Words b) {
    return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
  }
};

constexpr NarrowInstructions kInstructions = make_narrow_instructions<DotBf16>();
}  // namespace
}  // namespace ergon
ERGON_TARGET_END

namespace ergon {
namespace {

std::string refuses(const Problem& problem, bool /*weights_packed*/) {
  return refuse_dtypes_outside({kGemmBf16, kGemmBf16ToF32}, problem);
}

Launch bind(const Binding& binding) { return bind_narrow_gemm(binding, kInstructions); }

}  // namespace

namespace kernel {
extern const Kernel gemm_avx512_bf16 = {
    .primitive = "gemm",
    .name = "avx512_bf16",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx512f | kAvx512Bf16},
    .source = "6x64 tiles of vdpbf16ps over words of two bf16",
    .refuses = refuses,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
