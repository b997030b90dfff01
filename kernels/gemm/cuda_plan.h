#pragma once

#include <cstdint>
#include <span>

namespace ergon {

// A block of c that one block of threads makes, and what the plan knows of such blocks.
struct CudaTile {
  int m, n;      // rows and columns of c
  int k;         // read at a time
  int blocks;    // that a multiprocessor holds at once
  int products;  // multiply-adds a cycle of a multiprocessor full of them: expected, not measured
};

struct CudaGemmExtents {
  std::int64_t m, n, k;
  std::int64_t batch = 1;
};

// How a GEMM is cut into blocks of threads: decided once, at bind.
struct CudaGemmPlan {
  int tile;              // which of the tiles
  int tiles_m, tiles_n;  // of c
  int splits;            // parts of k that different blocks sum; more than 1 need a sum of sums
  int k_split;           // of k, each part but the last; a multiple of the tile's k
};

// The fastest by a model of waves over the multiprocessors. k is split where c alone has too few
// tiles to fill them; never for a batch. Each extent at most kCudaExtentMax.
inline constexpr std::int64_t kCudaExtentMax = std::int64_t{1} << 30;
[[nodiscard]] CudaGemmPlan plan_cuda_gemm(const CudaGemmExtents& gemm,
                                          std::span<const CudaTile> tiles, int multiprocessors);

struct CudaTileIndex {
  int row, column;
};

// Which tile of c the block of an index makes. Blocks start in the order of their indices, so those
// of neighbouring indices run together: they go down `group` tiles before they go right by one, and
// the rows of a and columns of b that they share come from the second-level cache.
[[nodiscard]] constexpr CudaTileIndex raster(int block, int tiles_m, int tiles_n, int group) {
  const int of_group = group * tiles_n;
  const int first = block / of_group * group;
  const int height = tiles_m - first < group ? tiles_m - first : group;
  const int within = block % of_group;
  return {.row = first + within % height, .column = within / height};
}

}  // namespace ergon
