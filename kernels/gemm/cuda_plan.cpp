#include "kernels/gemm/cuda_plan.h"

#include <algorithm>

#include "kernels/error.h"

namespace ergon {
namespace {

// Cycles that a block takes beside its multiply-adds: its first operands come from memory (600 to
// 1000 on H200) and its tile goes there. Expected, as are the two below.
constexpr double kFill = 1500;
// Between a launch's end and the next one's start, 2 us.
constexpr double kLaunch = 3500;
// Bytes a cycle of a multiprocessor to and from memory: 4.3 TB/s of 132 at 1.75 GHz.
constexpr double kBytes = 18;
// Sums of parts: each is written and read again, so more parts than this cost more than they save.
constexpr int kSplitsMax = 32;
constexpr std::int64_t kPartialBytesMax = std::int64_t{64} << 20;

std::int64_t ceiling(std::int64_t count, std::int64_t each) { return (count + each - 1) / each; }

// Expected cycles of one way to cut.
double cost(const CudaGemmExtents& gemm, const CudaTile& tile, int splits, int multiprocessors) {
  const std::int64_t blocks =
      ceiling(gemm.m, tile.m) * ceiling(gemm.n, tile.n) * splits * gemm.batch;
  const std::int64_t steps = ceiling(ceiling(gemm.k, tile.k), splits);
  const double work =
      static_cast<double>(tile.m) * tile.n * tile.k * static_cast<double>(steps) / tile.products;
  const std::int64_t together = std::int64_t{tile.blocks} * multiprocessors;
  const std::int64_t rest = ceiling(blocks % together, multiprocessors);
  double cycles = static_cast<double>(blocks / together) * (tile.blocks * work + kFill);
  if (rest > 0) cycles += static_cast<double>(rest) * work + kFill;
  if (splits == 1) return cycles;
  const double bytes = 4.0 * static_cast<double>(gemm.m) * static_cast<double>(gemm.n);
  return cycles + kLaunch + 2 * splits * bytes / (kBytes * multiprocessors);
}

int splits_max(const CudaGemmExtents& gemm, const CudaTile& tile) {
  if (gemm.batch > 1) return 1;
  // A part of fewer than four steps is mostly waiting for its first.
  const std::int64_t steps = ceiling(gemm.k, tile.k) / 4;
  const std::int64_t memory = kPartialBytesMax / (4 * gemm.m) / gemm.n;
  return static_cast<int>(std::clamp<std::int64_t>(std::min(steps, memory), 1, kSplitsMax));
}

}  // namespace

CudaGemmPlan plan_cuda_gemm(const CudaGemmExtents& gemm, std::span<const CudaTile> tiles,
                            int multiprocessors) {
  ERGON_ASSERT(!tiles.empty() && multiprocessors > 0);
  ERGON_ASSERT(std::max({gemm.m, gemm.n, gemm.k}) <= kCudaExtentMax);
  int best = 0, best_splits = 1;
  double least = cost(gemm, tiles[0], 1, multiprocessors);
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    for (int splits = 1; splits <= splits_max(gemm, tiles[i]); ++splits) {
      const double cycles = cost(gemm, tiles[i], splits, multiprocessors);
      if (cycles >= least) continue;
      least = cycles;
      best = static_cast<int>(i);
      best_splits = splits;
    }
  }
  const CudaTile& tile = tiles[static_cast<std::size_t>(best)];
  const std::int64_t k_split = ceiling(ceiling(gemm.k, tile.k), best_splits) * tile.k;
  return {.tile = best,
          .tiles_m = static_cast<int>(ceiling(gemm.m, tile.m)),
          .tiles_n = static_cast<int>(ceiling(gemm.n, tile.n)),
          .splits = static_cast<int>(ceiling(gemm.k, k_split)),
          .k_split = static_cast<int>(k_split)};
}

}  // namespace ergon
