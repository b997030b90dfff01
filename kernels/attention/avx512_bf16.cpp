#include <immintrin.h>

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "kernels/attention/heads.h"
#include "kernels/cpu/bf16.h"
#include "kernels/cpu/target.h"

namespace ergon {
namespace {

// 24 accumulators, 4 vectors of keys or values and a broadcast are 29 of 32 registers; 24 chains
// are three times what 2 ports x 4 cycles of latency need, and 10 loads feed 24 multiply-adds.
constexpr std::size_t kTileRows = 6;
constexpr std::size_t kTileVectors = 4;

ERGON_TARGET_BEGIN_AVX512_BF16
#include "kernels/math/avx512.inl.h"
// The functions need the vectors.
#include "kernels/math/functions.inl.h"
//
#include "kernels/math/avx512_bf16_round.inl.h"
// Reading and writing bf16 needs the rounding.
#include "kernels/math/avx512_narrow.inl.h"
// The tiles need the functions.
#include "kernels/attention/tile.inl.h"
// The keys need the tiles' layout.
#include "kernels/attention/keys.inl.h"
// The segments need them all.
#include "kernels/attention/segment.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) {
  return bind_attention<Bf16>(binding, {scratch_floats, attend});
}

}  // namespace

namespace kernel {
extern const Kernel attention_avx512_bf16 = {
    .primitive = "attention",
    .name = "avx512_bf16",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx512f | kAvx512Bf16},
    .source =
        "as avx512: online softmax over blocks of packed keys (FlashAttention, Dao et al. 2022)",
    .refuses = refuse_but_bf16,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
