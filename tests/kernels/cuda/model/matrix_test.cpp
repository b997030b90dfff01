#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <type_traits>
#include <vector>

#include "tests/kernels/cuda/model/launch_lanes.h"

namespace ergon::model {
namespace {

// Four matrices of numbers that say where they are: 64 i + 8 row + column, and what every lane
// loads of them.
template <int kCount, bool kTransposed>
struct LoadMatrices {
  struct Arguments {
    std::uint32_t* loaded;  // 32 x kCount
  };
  static constexpr int kThreads = 32, kBlocks = 1, kSm = 80;
  static void run(const Arguments& x) {
    auto* elements = reinterpret_cast<std::uint16_t*>(shared_memory());
    // Rows are 80 bytes apart.
    const auto row = [&](int i) { return elements + 40 * i; };
    for (int j = 0; j < 8; ++j) {
      row(lane_index())[j] = static_cast<std::uint16_t>(8 * lane_index() + j);
    }
    warp_barrier();
    std::uint32_t r[kCount];
    if constexpr (kTransposed) {
      load_matrices_transposed(r, row(lane_index()));
    } else {
      load_matrices(r, row(lane_index()));
    }
    for (int i = 0; i < kCount; ++i) x.loaded[kCount * lane_index() + i] = r[i];
  }
};

template <int kCount, bool kTransposed>
void expect_loaded() {
  std::vector<std::uint32_t> loaded(32 * kCount);
  ASSERT_EQ(
      (run_once<LoadMatrices<kCount, kTransposed>>(1, {.shared_bytes = 32 * 80}, {loaded.data()})),
      "");
  for (std::uint32_t lane = 0; lane < 32; ++lane) {
    for (std::uint32_t i = 0; i < kCount; ++i) {
      const std::uint32_t row = lane / 4, column = 2 * (lane % 4);
      const std::uint32_t low = 64 * i + (kTransposed ? 8 * column + row : 8 * row + column);
      const std::uint32_t high =
          64 * i + (kTransposed ? 8 * (column + 1) + row : 8 * row + column + 1);
      ASSERT_EQ(loaded[kCount * lane + i], low | high << 16) << lane << ", " << i;
    }
  }
}

TEST(LoadMatrices, GiveEachLaneTwoOfARow) {
  expect_loaded<1, false>();
  expect_loaded<2, false>();
  expect_loaded<4, false>();
}
TEST(LoadMatrices, TransposedGiveEachLaneTwoOfAColumn) {
  expect_loaded<1, true>();
  expect_loaded<2, true>();
  expect_loaded<4, true>();
}

struct Tf32 {};

// The tables of the PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point type" and its
// like: where element i of a lane's fragment lies. kDepth is 16, or 8 with half as many elements.
struct Position {
  int row, column;
};
Position a_position(int lane, int i) {
  const int group = lane / 4, member = lane % 4;
  return {.row = i < 2 || (i >= 4 && i < 6) ? group : group + 8,
          .column = member * 2 + (i & 1) + (i < 4 ? 0 : 8)};
}
Position b_position(int lane, int i) {
  return {.row = lane % 4 * 2 + (i & 1) + (i < 2 ? 0 : 8), .column = lane / 4};
}
Position c_position(int lane, int i) {
  return {.row = i < 2 ? lane / 4 : lane / 4 + 8, .column = lane % 4 * 2 + (i & 1)};
}
Position a_position_tf32(int lane, int i) {
  return {.row = i == 0 || i == 2 ? lane / 4 : lane / 4 + 8,
          .column = i < 2 ? lane % 4 : lane % 4 + 4};
}
Position b_position_tf32(int lane, int i) {
  return {.row = i == 0 ? lane % 4 : lane % 4 + 4, .column = lane / 4};
}

template <class Element, int kDepth>
struct Multiply {
  struct Arguments {
    const float* a;  // 16 x kDepth
    const float* b;  // kDepth x 8
    float* c;        // 16 x 8
  };
  static constexpr int kThreads = 32, kBlocks = 1, kSm = 80;

  static std::uint32_t a_pair(const Arguments& x, int i) {
    const auto at = [&](int j) {
      const Position p = a_position(lane_index(), j);
      return x.a[kDepth * p.row + p.column];
    };
    return pack<Element>(at(i), at(i + 1));
  }
  static std::uint32_t b_pair(const Arguments& x, int i) {
    const auto at = [&](int j) {
      const Position p = b_position(lane_index(), j);
      return x.b[8 * p.row + p.column];
    };
    return pack<Element>(at(i), at(i + 1));
  }
  static void multiply(const Arguments& x, float (&c)[4]) {
    const int lane = lane_index();
    if constexpr (std::is_same_v<Element, Tf32>) {
      std::uint32_t a[4], b[2];
      for (int i = 0; i < 4; ++i) {
        const Position p = a_position_tf32(lane, i);
        // What lies below the ten bits of a mantissa is not read.
        a[i] = round_tf32(x.a[kDepth * p.row + p.column]) | 0x1fffU;
      }
      for (int i = 0; i < 2; ++i) {
        const Position p = b_position_tf32(lane, i);
        b[i] = round_tf32(x.b[8 * p.row + p.column]) | 0x1000U;
      }
      mma_tf32(c, a, b);
    } else if constexpr (kDepth == 8) {
      const std::uint32_t a[2] = {a_pair(x, 0), a_pair(x, 2)};
      mma(c, a, b_pair(x, 0), Element{});
    } else {
      const std::uint32_t a[4] = {a_pair(x, 0), a_pair(x, 2), a_pair(x, 4), a_pair(x, 6)};
      const std::uint32_t b[2] = {b_pair(x, 0), b_pair(x, 2)};
      mma(c, a, b, Element{});
    }
  }
  static void run(const Arguments& x) {
    float c[4];
    const auto at = [&](int i) -> float& {
      const Position p = c_position(lane_index(), i);
      return x.c[8 * p.row + p.column];
    };
    for (int i = 0; i < 4; ++i) c[i] = at(i);
    multiply(x, c);
    for (int i = 0; i < 4; ++i) at(i) = c[i];
  }
};

// Small integers: products and sums are exact, in any order.
template <class Element, int kDepth>
void expect_product() {
  std::mt19937 random(7);
  const auto integers = [&](std::size_t count) {
    std::vector<float> values(count);
    for (float& value : values) value = static_cast<float>(static_cast<int>(random() % 33) - 16);
    return values;
  };
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const std::vector<float> a = integers(16 * kDepth), b = integers(kDepth * 8);
    std::vector<float> c = integers(16 * 8);
    std::vector<float> expected = c;
    for (std::size_t i = 0; i < 16; ++i) {
      for (std::size_t j = 0; j < 8; ++j) {
        for (std::size_t k = 0; k < kDepth; ++k) {
          expected[8 * i + j] += a[kDepth * i + k] * b[8 * k + j];
        }
      }
    }
    ASSERT_EQ((run_once<Multiply<Element, kDepth>>(seed, {}, {a.data(), b.data(), c.data()})), "");
    ASSERT_EQ(c, expected);
  }
}

TEST(Mma, MultipliesHalves) { expect_product<F16, 16>(); }
TEST(Mma, MultipliesBf16) { expect_product<Bf16, 16>(); }
TEST(Mma, MultipliesHalvesOfDepthEight) { expect_product<F16, 8>(); }
TEST(Mma, MultipliesTf32AndReadsTenBitsOfMantissa) { expect_product<Tf32, 8>(); }

TEST(Mma, CarriesNanAndInfinity) {
  std::vector<float> a(256, 0.0F), b(128, 0.0F), c(128, 0.0F);
  a[16 * 3 + 5] = NAN;
  a[16 * 4 + 6] = INFINITY;
  b[8 * 6 + 2] = 1.0F;
  ASSERT_EQ((run_once<Multiply<Bf16, 16>>(1, {}, {a.data(), b.data(), c.data()})), "");
  for (std::size_t i = 0; i < 128; ++i) {
    const bool infinite = i == 8 * 4 + 2;
    EXPECT_EQ(std::isinf(c[i]), infinite) << i;
    EXPECT_EQ(std::isnan(c[i]), i / 8 == 3 || (i / 8 == 4 && !infinite)) << i;
  }
}

}  // namespace
}  // namespace ergon::model
