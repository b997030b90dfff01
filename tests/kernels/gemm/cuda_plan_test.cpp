#include "kernels/gemm/cuda_plan.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <utility>
#include <vector>

namespace ergon {
namespace {

constexpr int kMultiprocessors = 132;
constexpr CudaTile kTiles[] = {
    {64, 64, 32, 3, 700}, {128, 128, 32, 2, 1150}, {128, 256, 32, 1, 1250}};

CudaGemmPlan plan(const CudaGemmExtents& gemm) {
  return plan_cuda_gemm(gemm, kTiles, kMultiprocessors);
}

}  // namespace

TEST(Raster, GivesEachTileOnce) {
  for (const int group : {1, 3, 16}) {
    for (const auto& [rows, columns] : {std::pair{1, 1}, {1, 9}, {9, 1}, {16, 5}, {37, 11}}) {
      std::set<std::pair<int, int>> seen;
      for (int block = 0; block < rows * columns; ++block) {
        const CudaTileIndex tile = raster(block, rows, columns, group);
        EXPECT_TRUE(tile.row >= 0 && tile.row < rows && tile.column >= 0 && tile.column < columns);
        EXPECT_TRUE(seen.emplace(tile.row, tile.column).second) << block << " of " << rows;
      }
    }
  }
}

TEST(Raster, KeepsWhatRunsTogetherTogether) {
  // 132 blocks of 64 x 64 tiles: 16 rows of a and 9 columns of b, not 3 and 64.
  std::set<int> rows, columns;
  for (int block = 0; block < 132; ++block) {
    const CudaTileIndex tile = raster(block, 64, 64, 16);
    rows.insert(tile.row);
    columns.insert(tile.column);
  }
  EXPECT_EQ(rows.size(), 16U);
  EXPECT_EQ(columns.size(), 9U);
}

TEST(CudaGemmPlan, CoversCAndKOnce) {
  std::mt19937 random(7);
  std::uniform_int_distribution<std::int64_t> extent(1, 5000);
  for (int i = 0; i < 200; ++i) {
    const CudaGemmExtents gemm = {extent(random), extent(random), extent(random)};
    const CudaGemmPlan made = plan(gemm);
    const CudaTile& tile = kTiles[made.tile];
    EXPECT_GE(std::int64_t{made.tiles_m} * tile.m, gemm.m);
    EXPECT_LT(std::int64_t{made.tiles_m - 1} * tile.m, gemm.m);
    EXPECT_GE(std::int64_t{made.tiles_n} * tile.n, gemm.n);
    EXPECT_LT(std::int64_t{made.tiles_n - 1} * tile.n, gemm.n);
    EXPECT_EQ(made.k_split % tile.k, 0);
    EXPECT_GE(std::int64_t{made.splits} * made.k_split, gemm.k);
    EXPECT_LT(std::int64_t{made.splits - 1} * made.k_split, gemm.k) << "an empty part";
  }
}

TEST(CudaGemmPlan, TakesLargeTilesWhereThereAreManyAndSmallOnesWhereNot) {
  EXPECT_EQ(plan({8192, 8192, 8192}).tile, 2);
  EXPECT_EQ(plan({4096, 4096, 4096}).tile, 2);
  EXPECT_EQ(plan({512, 512, 256}).tile, 0);
  EXPECT_EQ(plan({64, 64, 64}).tile, 0);
}

TEST(CudaGemmPlan, SplitsKOnlyWhereTilesAreTooFewAndKIsLong) {
  EXPECT_EQ(plan({8192, 8192, 8192}).splits, 1);
  EXPECT_EQ(plan({64, 64, 64}).splits, 1);
  EXPECT_GT(plan({16, 4096, 16384}).splits, 1);
  EXPECT_EQ((plan({.m = 16, .n = 4096, .k = 16384, .batch = 2}).splits), 1);
}

TEST(CudaGemmPlan, KeepsPartialSumsUnder64MiB) {
  for (const std::int64_t m : {16, 100, 1000, 3000}) {
    const CudaGemmPlan made = plan({m, 3000, 1 << 20});
    EXPECT_TRUE(made.splits == 1 || made.splits * m * 3000 * 4 <= 64 << 20) << m;
  }
}

}  // namespace ergon
