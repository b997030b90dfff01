#include "kernels/cuda/elements.h"
#include "kernels/mma/tiles.h"

namespace ergon::ERGON_CUDA {
namespace {

constexpr Dtypes kSumsOfF16 = {Dtype::f16, Dtype::f16, Dtype::f32, Dtype::f32};
constexpr Dtypes kSumsOfBf16 = {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::f32};

// m16n8k16 as fast as it issues: no operand leaves the registers. Of each scheduler's tensor core
// there are 4 warps with 8 independent sums each, more than the instruction has latency; a round is
// 32 of them and some three instructions of its loop. All are busy from 132 x 16 x 8 tiles on, with
// 132 multiprocessors.
template <class Element>
struct MmaTiles {
  struct Arguments {
    const Element* a;
    const Element* b;
    float* out;
    std::int64_t tiles, depth;
  };
  static constexpr int kThreads = 256;
  static constexpr int kBlocks = 2;
  static constexpr int kSm = 80;
  static constexpr int kTiles = 8;  // of a warp; a multiple of kMmaInputs
  static constexpr int kInputs = static_cast<int>(kMmaInputs);

  ERGON_LANE static std::uint32_t pair_at(const Element* matrix, int row, int column) {
    const Element* from = matrix + row * static_cast<int>(kMmaDepth) + column;
    return load_often(reinterpret_cast<const std::uint32_t*>(from));
  }

  // PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point type".
  ERGON_LANE static void load(const Arguments& x, std::uint32_t (&a)[kInputs][4],
                              std::uint32_t (&b)[kInputs][2]) {
    const int group = lane_index() / 4;
    const int pair = lane_index() % 4 * 2;
    ERGON_UNROLL
    for (int i = 0; i < kInputs; ++i) {
      const Element* rows = x.a + i * kMmaRows * kMmaDepth;
      const Element* columns = x.b + i * kMmaColumns * kMmaDepth;
      ERGON_UNROLL
      for (int r = 0; r < 4; ++r) a[i][r] = pair_at(rows, group + r % 2 * 8, pair + r / 2 * 8);
      ERGON_UNROLL
      for (int r = 0; r < 2; ++r) b[i][r] = pair_at(columns, group, pair + r * 8);
    }
  }

  ERGON_LANE static void run(const Arguments& x) {
    const std::int64_t warp = std::int64_t{block_x()} * (kThreads / 32) + warp_index();
    std::uint32_t a[kInputs][4], b[kInputs][2];
    load(x, a, b);
    float sums[kTiles][4] = {};
    std::int64_t left = x.depth;
    for (; left >= kInputs; left -= kInputs) {
      ERGON_UNROLL
      for (int step = 0; step < kInputs; ++step) add_step(sums, a[step], b, step);
    }
    ERGON_UNROLL
    for (int step = 0; step < kInputs; ++step) {
      if (step < left) add_step(sums, a[step], b, step);
    }
    store(x, sums, warp * kTiles);
  }

  ERGON_LANE static void add_step(float (&sums)[kTiles][4], const std::uint32_t (&a)[4],
                                  const std::uint32_t (&b)[kInputs][2], int step) {
    ERGON_UNROLL
    for (int tile = 0; tile < kTiles; ++tile) {
      mma(sums[tile], a, b[(step + tile) % kInputs], Element{});
    }
  }

  ERGON_LANE static void store(const Arguments& x, const float (&sums)[kTiles][4],
                               std::int64_t first) {
    const int group = lane_index() / 4;
    const int pair = lane_index() % 4 * 2;
    ERGON_UNROLL
    for (int tile = 0; tile < kTiles; ++tile) {
      if (first + tile >= x.tiles) break;
      float* out = x.out + (first + tile) * kMmaRows * kMmaColumns;
      ERGON_UNROLL
      for (int r = 0; r < 4; ++r) {
        store_once(out + (group + r / 2 * 8) * kMmaColumns + pair + r % 2, sums[tile][r]);
      }
    }
  }
};

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_packed_weights(weights_packed); !why.empty()) return why;
  return refuse_dtypes_outside({kSumsOfF16, kSumsOfBf16}, problem);
}

template <class Element>
[[nodiscard]] Launch launch_mma(const Binding& binding) {
  using Kernel = MmaTiles<Element>;
  const std::int64_t tiles = binding.problem.extent("tiles");
  constexpr std::int64_t kTilesOfBlock = Kernel::kThreads / 32 * Kernel::kTiles;
  return make_launch<Kernel>(binding.device, {.x = (tiles + kTilesOfBlock - 1) / kTilesOfBlock},
                             {.a = operand<Element>(binding, 0),
                              .b = operand<Element>(binding, 1),
                              .out = operand<float>(binding, 2),
                              .tiles = tiles,
                              .depth = binding.problem.extent("depth")});
}

Launch bind(const Binding& binding) {
  if (binding.problem.dtypes.a == Dtype::f16) return launch_mma<F16>(binding);
  return launch_mma<Bf16>(binding);
}

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel mma_cuda_mma = {
    .primitive = "mma",
    .name = "cuda_mma",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 80},
    .source = "mma.sync m16n8k16, eight sums a warp, in registers",
    .refuses = ERGON_CUDA::refuses,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
