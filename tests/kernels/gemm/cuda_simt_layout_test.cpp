#include "kernels/gemm/cuda_simt_layout.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "tests/kernels/gemm/banks.h"

namespace ergon {
namespace {

using Large = CudaSimtTile<2, 4, 2, 2>;
using Small = CudaSimtTile<2, 2, 1, 2>;

template <class Tile>
class CudaSimtTileTest : public ::testing::Test {};
using Tiles = ::testing::Types<Large, Small>;
TYPED_TEST_SUITE(CudaSimtTileTest, Tiles);

}  // namespace

TYPED_TEST(CudaSimtTileTest, GivesEachElementOfCToOneThread) {
  using Tile = TypeParam;
  std::set<std::pair<int, int>> seen;
  for (int thread = 0; thread < Tile::kThreads; ++thread) {
    for (int i = 0; i < Tile::kRows; ++i) {
      for (int j = 0; j < Tile::kColumns; ++j) {
        const int row = Tile::row(thread, i / 4) + i % 4;
        const int column = Tile::column(thread, j / 4) + j % 4;
        EXPECT_TRUE(row < Tile::kM && column < Tile::kN);
        EXPECT_TRUE(seen.emplace(row, column).second);
      }
    }
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(Tile::kM * Tile::kN));
}

TYPED_TEST(CudaSimtTileTest, MovesEachElementOfAnOperandOnce) {
  using Tile = TypeParam;
  std::set<std::pair<int, int>> runs_along, runs_across, along, across;
  for (int thread = 0; thread < Tile::kThreads; ++thread) {
    for (int i = 0; i < 4; ++i) {
      runs_along.emplace(Tile::along_row(thread), Tile::along_k(thread) + i);
      runs_across.emplace(Tile::across_k(thread), Tile::across_column(thread) + i);
      along.emplace(Tile::one_along_row(thread) + i * Tile::kOneRows, Tile::one_along_k(thread));
      across.emplace(Tile::one_across_k(thread) + i * Tile::kOneDepth,
                     Tile::one_across_column(thread));
    }
  }
  const auto all = static_cast<std::size_t>(Tile::kM * Tile::kDepth);
  for (const auto* moved : {&runs_along, &along}) {
    EXPECT_EQ(moved->size(), all);
    EXPECT_EQ(*moved->rbegin(), (std::pair{Tile::kM - 1, Tile::kDepth - 1}));
  }
  for (const auto* moved : {&runs_across, &across}) {
    EXPECT_EQ(moved->size(), all);
    EXPECT_EQ(*moved->rbegin(), (std::pair{Tile::kDepth - 1, Tile::kN - 1}));
  }
}

TYPED_TEST(CudaSimtTileTest, MeetsNoBankTwice) {
  using Tile = TypeParam;
  for (int warp = 0; warp < Tile::kThreads; warp += 32) {
    const auto stored_run = [&](int lane) {
      return 4 * (Tile::along_k(warp + lane) * Tile::kPitchA + Tile::along_row(warp + lane));
    };
    const auto stored_across = [&](int lane) {
      return 4 * (Tile::across_k(warp + lane) * Tile::kPitchB + Tile::across_column(warp + lane));
    };
    const auto copied_along = [&](int lane) {
      return 4 *
             (Tile::one_along_k(warp + lane) * Tile::kPitchA + Tile::one_along_row(warp + lane));
    };
    const auto copied_across = [&](int lane) {
      return 4 * (Tile::one_across_k(warp + lane) * Tile::kPitchB +
                  Tile::one_across_column(warp + lane));
    };
    EXPECT_EQ(bank_conflicts<4>(stored_run), 0);
    EXPECT_EQ(bank_conflicts<16>(stored_across), 0);
    EXPECT_EQ(bank_conflicts<4>(copied_along), 0);
    EXPECT_EQ(bank_conflicts<4>(copied_across), 0);
    for (int run = 0; run < Tile::kRows / 4; ++run) {
      EXPECT_EQ(bank_conflicts<16>([&](int lane) { return 4 * Tile::row(warp + lane, run); }), 0);
    }
    for (int run = 0; run < Tile::kColumns / 4; ++run) {
      EXPECT_EQ(bank_conflicts<16>([&](int lane) { return 4 * Tile::column(warp + lane, run); }),
                0);
    }
  }
}

// What lets hardware serve two lanes with one access (cuda_simt_layout.h).
TYPED_TEST(CudaSimtTileTest, NeighboursShareWhatTheyRead) {
  using Tile = TypeParam;
  for (int lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(Tile::row(lane, 0), Tile::row(lane ^ 1, 0));
    EXPECT_EQ(Tile::column(lane, 0), Tile::column(lane ^ 2, 0));
  }
}

TEST(BankConflicts, AreCounted) {
  EXPECT_EQ(bank_conflicts<4>([](int lane) { return 4 * lane; }), 0);
  EXPECT_EQ(bank_conflicts<4>([](int) { return 0; }), 0);
  EXPECT_EQ(bank_conflicts<4>([](int lane) { return 8 * lane; }), 1);
  EXPECT_EQ(bank_conflicts<4>([](int lane) { return 128 * lane; }), 31);
  EXPECT_EQ(bank_conflicts<16>([](int lane) { return 64 * lane; }), 4 * 3);
}

}  // namespace ergon
