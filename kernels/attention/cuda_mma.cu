#include "kernels/attention/cuda_mma.inl.h"
#include "kernels/refusal.h"

namespace ergon::ERGON_CUDA {
namespace {

// Tiles of columns, warps, sixteens of rows a warp, keys, slots, blocks of a multiprocessor.
//
// Many rows. A warp has 32 rows where its sums leave room: each fragment of keys and values that it
// reads, 256 bytes of the 128 that shared memory gives a cycle, then serves two mma, which are
// expected to take 1.6 cycles each of a Hopper multiprocessor. For heads of 128 sums and scores are
// 128 + 32 of 255 registers; 48 keys, 128 + 48, fit on sm_80 and sm_90 (253 registers) and spill on
// sm_100, 64 spill everywhere. Scaling the sums of a tile of 32 keys takes 128 multiplications a
// lane beside 128 mma, which are expected to be under a tenth of their time. Heads of 256 leave
// room for 16 rows a warp; the second is for multiprocessors that give a block 99 KB (sm_86, sm_89,
// sm_120), where the first would take 160.
using Many64 = AttentionTile<64, 4, 2, 64, 4, 2>;
using Many128 = AttentionTile<128, 4, 2, 32, 4, 2>;
using Many256 = AttentionTile<256, 8, 1, 64, 3, 1>;
using Many256Small = AttentionTile<256, 4, 1, 64, 2, 1>;

// Few rows, as in decoding: bound by memory, so what counts is how much is under way. Little's law
// asks for 4.8 TB/s x 0.7 us = 3.4 MB, 26 KB of each of an H200's 132 multiprocessors; three slots
// of four in flight in blocks of one warp are 96 KB, 144 KB and 144 KB.
using Few64 = AttentionTile<64, 1, 1, 32, 4, 8>;
using Few128 = AttentionTile<128, 1, 1, 32, 4, 6>;
using Few256 = AttentionTile<256, 1, 1, 32, 4, 3>;

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_packed_weights(weights_packed); !why.empty()) return why;
  if (std::string why = refuse_dtypes_outside({{Dtype::f16, Dtype::f16, Dtype::f32, Dtype::f16},
                                               {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::bf16}},
                                              problem);
      !why.empty()) {
    return why;
  }
  if (const std::int64_t head_size = problem.extent("head_size"); head_size % 8 != 0) {
    return "copies 16 bytes at a time: takes head_size in multiples of 8, not " +
           std::to_string(head_size);
  }
  return refuse_attention_extents(problem, 256);
}

// Two tiles of few rows still read keys and values from memory once, and once from the cache.
template <class Element, class Many, class Few>
Launch bind_head(const Binding& binding) {
  const Problem& problem = binding.problem;
  const std::int64_t rows =
      problem.extent("heads") / problem.extent("kv_heads") * problem.extent("queries");
  if (rows <= 32) return bind_attention_tiles<MmaAttention<Element, Few>, Element>(binding);
  return bind_attention_tiles<MmaAttention<Element, Many>, Element>(binding);
}

template <class Element>
Launch bind_element(const Binding& binding) {
  const std::int64_t head_size = binding.problem.extent("head_size");
  if (head_size <= 64) return bind_head<Element, Many64, Few64>(binding);
  if (head_size <= 128) return bind_head<Element, Many128, Few128>(binding);
  const std::size_t shared = cuda_device(binding.device).properties().shared_bytes_max;
  if (shared < MmaAttention<Element, Many256>::kSharedBytes) {
    return bind_head<Element, Many256Small, Few256>(binding);
  }
  return bind_head<Element, Many256, Few256>(binding);
}

Launch bind(const Binding& binding) {
  if (binding.problem.dtypes.a == Dtype::f16) return bind_element<F16>(binding);
  return bind_element<Bf16>(binding);
}

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel attention_cuda_mma = {
    .primitive = "attention",
    .name = "cuda_mma",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 80},
    .source = "FlashAttention-2 (Dao 2023) by mma.sync and cp.async; keys split for few queries",
    .refuses = ERGON_CUDA::refuses,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
