#include "kernels/gemm/cuda_mma_layout.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/kernels/gemm/banks.h"

namespace ergon {
namespace {

using Large = CudaMmaTile<2, 4, 64, 64, 4>;
using Medium = CudaMmaTile<2, 2, 64, 64, 3>;
using Small = CudaMmaTile<2, 2, 32, 32, 4>;

template <class Tile>
class CudaMmaTileTest : public ::testing::Test {};
using Tiles = ::testing::Types<Large, Medium, Small>;
TYPED_TEST_SUITE(CudaMmaTileTest, Tiles);

// Whether places of 16 bytes are all of `bytes`, each once.
bool fill(const std::multiset<int>& places, int bytes) {
  int next = 0;
  for (const int place : places) {
    if (place != next) return false;
    next += 16;
  }
  return next == bytes;
}

}  // namespace

TYPED_TEST(CudaMmaTileTest, GivesEachChunkOfAnOperandAPlaceOfItsOwn) {
  using Tile = TypeParam;
  std::multiset<int> along, across, across_tf32;
  for (int row = 0; row < Tile::kN; ++row) {
    for (int chunk = 0; chunk < 4; ++chunk) along.insert(place_along_k(row, chunk));
  }
  for (int k = 0; k < 32; ++k) {
    for (int chunk = 0; chunk < Tile::kN / 8; ++chunk) {
      across.insert(place_across_k(2 * Tile::kN, k, chunk));
    }
  }
  for (int k = 0; k < 16; ++k) {
    for (int chunk = 0; chunk < Tile::kN / 4; ++chunk) {
      across_tf32.insert(place_across_k_tf32(4 * Tile::kN, k, chunk));
    }
  }
  EXPECT_TRUE(fill(along, 64 * Tile::kN));
  EXPECT_TRUE(fill(across, 64 * Tile::kN));
  EXPECT_TRUE(fill(across_tf32, 64 * Tile::kN));
}

TYPED_TEST(CudaMmaTileTest, CopiesEachChunkOnce) {
  using Tile = TypeParam;
  std::multiset<int> a, b, across, across_tf32;
  for (int thread = 0; thread < Tile::kThreads; ++thread) {
    const int row = Tile::along_row(thread), chunk = Tile::along_chunk(thread);
    // As the copies do: a place for the first row, and others at a distance from it.
    for (int i = 0; i < Tile::kChunksA; ++i) {
      EXPECT_EQ(place_along_k(row + i * Tile::kAlongRows, chunk),
                place_along_k(row, chunk) + i * Tile::kAlongRows * Tile::kDepthBytes);
      a.insert(place_along_k(row + i * Tile::kAlongRows, chunk));
    }
    for (int i = 0; i < Tile::kChunksB; ++i) {
      b.insert(place_along_k(row + i * Tile::kAlongRows, chunk));
      across.insert(place_across_k(2 * Tile::kN,
                                   Tile::across_k(thread, 2) + i * Tile::across_rows(2),
                                   Tile::across_chunk(thread, 2)));
      across_tf32.insert(place_across_k_tf32(4 * Tile::kN,
                                             Tile::across_k(thread, 4) + i * Tile::across_rows(4),
                                             Tile::across_chunk(thread, 4)));
    }
  }
  EXPECT_TRUE(fill(a, Tile::kOperandA));
  EXPECT_TRUE(fill(b, Tile::kStageBytes - Tile::kOperandA));
  EXPECT_TRUE(fill(across, Tile::kStageBytes - Tile::kOperandA));
  EXPECT_TRUE(fill(across_tf32, Tile::kStageBytes - Tile::kOperandA));
}

TYPED_TEST(CudaMmaTileTest, CopiesMeetNoBankTwice) {
  using Tile = TypeParam;
  for (int warp = 0; warp < Tile::kThreads; warp += 32) {
    const auto along = [&](int lane) {
      return place_along_k(Tile::along_row(warp + lane), Tile::along_chunk(warp + lane));
    };
    const auto across = [&](int lane) {
      return place_across_k(2 * Tile::kN, Tile::across_k(warp + lane, 2),
                            Tile::across_chunk(warp + lane, 2));
    };
    const auto across_tf32 = [&](int lane) {
      return place_across_k_tf32(4 * Tile::kN, Tile::across_k(warp + lane, 4),
                                 Tile::across_chunk(warp + lane, 4));
    };
    EXPECT_EQ(bank_conflicts<16>(along), 0);
    EXPECT_EQ(bank_conflicts<16>(across), 0);
    EXPECT_EQ(bank_conflicts<16>(across_tf32), 0);
  }
}

TYPED_TEST(CudaMmaTileTest, FragmentsMeetNoBankTwice) {
  using Tile = TypeParam;
  for (int warp = 0; warp < Tile::kThreads; warp += 32) {
    for (int half = 0; half < 2; ++half) {
      for (int i = 0; i < Tile::kWarpRows / 16; ++i) {
        const auto place = [&](int lane) { return Tile::place_of_a(warp + lane, i, half); };
        EXPECT_EQ(bank_conflicts<16>(place), 0);
      }
      for (int j = 0; j < Tile::kWarpColumns / 16; ++j) {
        const auto along = [&](int lane) { return Tile::place_of_b_along(warp + lane, j, half); };
        const auto across = [&](int lane) { return Tile::place_of_b_across(warp + lane, j, half); };
        EXPECT_EQ(bank_conflicts<16>(along), 0);
        EXPECT_EQ(bank_conflicts<16>(across), 0);
      }
      for (int j = 0; j < Tile::kWarpColumns / 32; ++j) {
        for (int upper = 0; upper < 2; ++upper) {
          const auto tf32 = [&](int lane) {
            return Tile::place_of_b_tf32(warp + lane, j, half, upper);
          };
          EXPECT_EQ(bank_conflicts<16>(tf32), 0);
        }
      }
    }
  }
}

TYPED_TEST(CudaMmaTileTest, SumsMeetNoBankTwice) {
  using Tile = TypeParam;
  for (int warp = 0; warp < Tile::kThreads; warp += 32) {
    for (int second = 0; second < 2; ++second) {
      for (int j = 0; j < Tile::kWarpColumns / 8; ++j) {
        const auto pair = [&](int lane) { return Tile::place_of_pair(warp + lane, j, second); };
        EXPECT_EQ(bank_conflicts<8>(pair), 0);
      }
      for (int j = 0; j < Tile::kWarpColumns / 32; ++j) {
        const auto four = [&](int lane) { return Tile::place_of_four(warp + lane, j, 0, second); };
        EXPECT_EQ(bank_conflicts<16>(four), 0);
      }
      const auto four = [&](int lane) {
        return Tile::template place_of_run<4>(warp + lane, 0, second);
      };
      const auto eight = [&](int lane) {
        return Tile::template place_of_run<8>(warp + lane, 0, second);
      };
      EXPECT_EQ(bank_conflicts<16>(four), 0);
      EXPECT_EQ(bank_conflicts<16>(eight), 0);
    }
  }
}

// A warp's 16 rows, in passes, are each taken once; none reaches another warp's part.
TYPED_TEST(CudaMmaTileTest, TakesEachSumOnce) {
  using Tile = TypeParam;
  std::set<int> pairs, fours, eights;
  for (int lane = 0; lane < 32; ++lane) {
    for (int j = 0; j < Tile::kWarpColumns / 8; ++j) {
      for (int lower = 0; lower < 2; ++lower) pairs.insert(Tile::place_of_pair(lane, j, lower) / 8);
    }
    for (int row = 0; row < 16; row += Tile::template kPassRows<4>) {
      fours.insert(Tile::template place_of_run<4>(lane, row, 0) / 16);
    }
    for (int row = 0; row < 16; row += Tile::template kPassRows<8>) {
      for (int second = 0; second < 2; ++second) {
        eights.insert(Tile::template place_of_run<8>(lane, row, second) / 16);
      }
    }
  }
  EXPECT_EQ(pairs.size(), static_cast<std::size_t>(16 * Tile::kWarpColumns / 2));
  EXPECT_EQ(fours.size(), static_cast<std::size_t>(16 * Tile::kWarpColumns / 4));
  EXPECT_EQ(fours, eights);
  EXPECT_LE(4 * static_cast<int>(*pairs.rbegin()) * 2, Tile::kSumsBytes);
}

}  // namespace ergon
