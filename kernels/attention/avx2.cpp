#include <immintrin.h>

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "kernels/attention/heads.h"
#include "kernels/cpu/bf16.h"
#include "kernels/cpu/target.h"

namespace ergon {
namespace {

// 12 accumulators, 2 vectors of keys or values and a broadcast are 15 of 16 registers; 12 chains
// cover 2 ports x 4 to 5 cycles of latency, and 8 loads feed 12 multiply-adds.
constexpr std::size_t kTileRows = 6;
constexpr std::size_t kTileVectors = 2;

ERGON_TARGET_BEGIN_AVX2
#include "kernels/math/avx2.inl.h"
// The functions need the vectors.
#include "kernels/math/functions.inl.h"
//
#include "kernels/math/avx2_narrow.inl.h"
// The tiles need the functions.
#include "kernels/attention/tile.inl.h"
// The keys need the tiles' layout.
#include "kernels/attention/keys.inl.h"
// The segments need them all.
#include "kernels/attention/segment.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) {
  return is_bf16(binding) ? bind_attention<Bf16>(binding, {scratch_floats, attend})
                          : bind_attention<float>(binding, {scratch_floats, attend});
}

}  // namespace

namespace kernel {
extern const Kernel attention_avx2 = {
    .primitive = "attention",
    .name = "avx2",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx2 | kFma},
    .source = "online softmax over blocks of packed keys (FlashAttention, Dao et al. 2022)",
    .refuses = refuse_but_f32_or_bf16,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
