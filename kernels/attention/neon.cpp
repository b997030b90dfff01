#include <arm_neon.h>

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "kernels/attention/heads.h"
#include "kernels/cpu/bf16.h"
#include "kernels/cpu/target.h"

namespace ergon {
namespace {

// 24 accumulators, 4 vectors of keys or values and a broadcast are 29 of 32 registers.
constexpr std::size_t kTileRows = 6;
constexpr std::size_t kTileVectors = 4;

#include "kernels/math/neon.inl.h"
// The functions need the vectors.
#include "kernels/math/functions.inl.h"
//
#include "kernels/math/neon_narrow.inl.h"
// The tiles need the functions.
#include "kernels/attention/tile.inl.h"
// The keys need the tiles' layout.
#include "kernels/attention/keys.inl.h"
// The segments need them all.
#include "kernels/attention/segment.inl.h"

Launch bind(const Binding& binding) {
  return is_bf16(binding) ? bind_attention<Bf16>(binding, {scratch_floats, attend})
                          : bind_attention<float>(binding, {scratch_floats, attend});
}

}  // namespace

namespace kernel {
extern const Kernel attention_neon = {
    .primitive = "attention",
    .name = "neon",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kNeon},
    .source = "online softmax over blocks of packed keys (FlashAttention, Dao et al. 2022)",
    .refuses = refuse_but_f32_or_bf16,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
