#include "kernels/gemm/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace ergon {
namespace {

const std::vector<CacheLevel> kCaches = {
    {"L1", 48 << 10, 2}, {"L2", 1 << 20, 2}, {"L3", 32 << 20, 1}};

GemmInstructions tile_6x64() {
  GemmInstructions instructions = {};
  instructions.width = 16;
  instructions.rows = 6;
  instructions.vectors = 4;
  constexpr int kRows[] = {0, 12, 12, 9, 6, 5, 4, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1};
  std::ranges::copy(kRows, instructions.outer_rows);
  return instructions;
}

GemmPlan plan(std::int64_t m, std::int64_t n, std::int64_t k, int threads, bool transposed = false,
              bool packed = false) {
  GemmArguments gemm = {};
  gemm.m = m;
  gemm.n = n;
  gemm.k = k;
  gemm.transposed = transposed;
  return plan_gemm(gemm, tile_6x64(), kCaches, threads, packed);
}

}  // namespace

TEST(GemmPlan, KeepsSmallProblemsOnOneThread) {
  EXPECT_EQ(plan(31, 64, 64, 2).members, 1);
  EXPECT_EQ(plan(32, 64, 64, 2).members, 2);
  EXPECT_EQ(plan(64, 64, 64, 8).members, 2);
  EXPECT_EQ(plan(1, 768, 768, 8).members, 4);
}

TEST(GemmPlan, CutsRowsWhereBIsReadAndColumnsWhereItIsPacked) {
  EXPECT_EQ(plan(64, 64, 64, 2).grid_rows, 2);
  EXPECT_EQ(plan(64, 64, 64, 2, true).grid_columns, 2);
  EXPECT_EQ(plan(8, 416, 90, 2).grid_columns, 2);
  EXPECT_EQ(plan(8, 410, 90, 2).grid_rows, 2);  // rows of c would meet within lines
}

TEST(GemmPlan, ReadsBAsSeldomAsRegistersAllow) {
  const int vectors[] = {16, 10, 7, 6, 5, 4, 3, 3, 4, 4};
  for (int m = 1; m <= 10; ++m) EXPECT_EQ(plan(m, 768, 768, 1).vectors, vectors[m - 1]) << m;
  EXPECT_EQ(plan(14, 68, 2711, 2).vectors, 3);  // by rows, seven each
  EXPECT_EQ(plan(1, 200, 74, 1).vectors, 13);
  EXPECT_EQ(plan(1, 426, 2172, 1).vectors, 14);  // two panels alike
}

TEST(GemmPlan, BlocksFillTheCachesAndNoMore) {
  const GemmPlan large = plan(2048, 2048, 2048, 1, true);
  EXPECT_LE(large.k_block * large.panel * 4, 4 * (48 << 10));
  EXPECT_LE(large.row_block * large.k_block * 4, 512 << 10);
  EXPECT_LE(large.column_block * large.k_block * 4, 16 << 20);
  EXPECT_GE(large.k_block, 128);
}

TEST(GemmPlan, ReadsBWhereItIsWhenFewRowsDo) {
  EXPECT_EQ(plan(128, 768, 768, 1).source, GemmPlan::Source::direct);
  EXPECT_EQ(plan(1024, 768, 768, 1).source, GemmPlan::Source::launch);
  EXPECT_EQ(plan(161, 768, 768, 1, true).source, GemmPlan::Source::launch);
  EXPECT_EQ(plan(1, 768, 768, 1, true).source, GemmPlan::Source::dot);
  EXPECT_EQ(plan(128, 4096, 4096, 1, true).source, GemmPlan::Source::dot);
  EXPECT_EQ(plan(48, 768, 333, 1, true).source, GemmPlan::Source::dot);
  EXPECT_EQ(plan(49, 768, 333, 1, true).source, GemmPlan::Source::launch);
  EXPECT_EQ(plan(14, 768, 64, 1, true).source, GemmPlan::Source::dot);
  EXPECT_EQ(plan(48, 768, 64, 1, true).source, GemmPlan::Source::launch);
  EXPECT_EQ(plan(1, 768, 768, 1, true, true).source, GemmPlan::Source::weights);
}

TEST(GemmPlan, DotTilesStayInTheFirstLevelAndTheirGroupInTheSecond) {
  for (const std::int64_t k : {256, 333, 768, 4096, 20000}) {
    const GemmPlan made = plan(48, 4096, k, 1, true);
    ASSERT_EQ(made.source, GemmPlan::Source::dot);
    EXPECT_LE(made.k_block * 9 * 4, 48 << 10) << k;
    EXPECT_LE(made.k_block * made.column_block * 4, 512 << 10) << k;
    EXPECT_EQ(made.column_block % 60, 0) << k;
  }
}

TEST(GemmPlan, UsesNoMoreThreadsThanAsked) {
  for (int threads = 1; threads <= 13; ++threads) {
    for (const std::int64_t n : {1, 63, 4096}) {
      const GemmPlan made = plan(777, n, 512, threads);
      EXPECT_LE(made.members, threads);
      EXPECT_EQ(made.members, made.grid_rows * made.grid_columns);
      EXPECT_GE(made.members, 1);
    }
  }
}

}  // namespace ergon
