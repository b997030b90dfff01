#include "kernels/attention/cuda_mma_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

namespace ergon {
namespace {

// Times that the accesses of `lanes` lanes, at once and of kBytes each, take of shared memory: the
// most that one of its 32 banks of 4 bytes has to give. One is the least.
template <int kBytes, class Address>
int turns(int first_lane, int lanes, const Address& address) {
  std::array<std::set<int>, 32> words;
  for (int lane = first_lane; lane < first_lane + lanes; ++lane) {
    for (int byte = 0; byte < kBytes; byte += 4) {
      const int word = (address(lane) + byte) / 4;
      words[static_cast<std::size_t>(word % 32)].insert(word);
    }
  }
  std::size_t most = 0;
  for (const std::set<int>& each : words) most = std::max(most, each.size());
  return static_cast<int>(most);
}

// Sixteen bytes a lane go a quarter of a warp at a time; ldmatrix, a matrix's eight rows.
template <class Address>
int turns_by_eight(const Address& address) {
  int most = 0;
  for (int lane = 0; lane < 32; lane += 8) most = std::max(most, turns<16>(lane, 8, address));
  return most;
}

template <int kChunks>
void expect_bijection() {
  std::set<int> places;
  for (int row = 0; row < 64; ++row) {
    for (int chunk = 0; chunk < kChunks; ++chunk) {
      const int at = swizzled<kChunks>(row, chunk);
      EXPECT_EQ(at % 16, 0);
      EXPECT_EQ(at / (16 * kChunks), row) << "a chunk stays in its row";
      places.insert(at);
    }
  }
  EXPECT_EQ(places.size(), 64 * kChunks);
}

template <int kHead>
void expect_no_conflicts() {
  using Layout = AttentionLayout<kHead>;
  for (int step = 0; step < kHead / 16; ++step) {
    for (const int row : {0, 16, 48}) {
      EXPECT_EQ(turns_by_eight([&](int lane) { return Layout::query(lane, row, step); }), 1);
      EXPECT_EQ(turns_by_eight([&](int lane) { return Layout::key(lane, row, step); }), 1);
      EXPECT_EQ(turns_by_eight([&](int lane) { return Layout::value(lane, row, step); }), 1);
    }
  }
  for (int chunk = 0; chunk < kHead / 8; ++chunk) {
    for (const int row : {0, 8, 24}) {
      EXPECT_EQ(turns<4>(0, 32, [&](int lane) { return Layout::output(lane, row, chunk); }), 1);
    }
  }
  // What copies from global memory write, and the output's rows are read by.
  EXPECT_EQ(turns_by_eight([](int lane) {
              return swizzled<kHead / 8>(3 + lane / (kHead / 8), lane % (kHead / 8));
            }),
            1);
}

}  // namespace

TEST(Swizzle, GivesEveryChunkOfARowAPlaceOfItsOwn) {
  expect_bijection<2>();
  expect_bijection<4>();
  expect_bijection<8>();
  expect_bijection<16>();
  expect_bijection<32>();
}

TEST(Swizzle, LeavesEightRowsOfOneChunkWithoutAConflict) {
  for (int row = 0; row < 16; row += 8) {
    const auto narrow = [&](int lane) { return swizzled<4>(row + lane, 2); };
    const auto wide = [&](int lane) { return swizzled<16>(row + lane, 9); };
    EXPECT_EQ(turns<16>(0, 8, narrow), 1);
    EXPECT_EQ(turns<16>(0, 8, wide), 1);
    EXPECT_EQ(turns<16>(0, 8, [&](int lane) { return 64 * (row + lane) + 32; }), 4)
        << "unswizzled rows of 64 bytes";
  }
}

TEST(AttentionLayout, MeetsNoBankTwice) {
  expect_no_conflicts<64>();
  expect_no_conflicts<128>();
  expect_no_conflicts<256>();
}

}  // namespace ergon
