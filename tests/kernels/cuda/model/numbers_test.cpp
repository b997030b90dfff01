#include "kernels/cuda/model/numbers.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>

#include "kernels/dtype.h"

namespace ergon::model {
namespace {

// Floats at and beside every boundary of a 16-bit format: all of its numbers, the points half-way
// between two, and the neighbours of these.
template <class Function>
void for_boundary_floats(const Function& f) {
  for (std::uint32_t high = 0; high < 0x10000; ++high) {
    for (const std::uint32_t low : {0x0000U, 0x0001U, 0x0fffU, 0x1000U, 0x1001U, 0x2000U, 0x2fffU,
                                    0x3000U, 0x3001U, 0x7fffU, 0x8000U, 0x8001U, 0xffffU}) {
      f(std::bit_cast<float>(high << 16 | low));
    }
  }
}

template <class Element>
void expect_narrowed_as_encoded(Dtype dtype) {
  int wrong = 0;
  for_boundary_floats([&](float value) {
    const double wide = value;
    std::uint16_t expected = 0;
    encode(dtype, {&wide, 1}, reinterpret_cast<std::byte*>(&expected));
    const auto bits = static_cast<std::uint16_t>(narrow_to<Element>(value));
    if (std::isnan(value) ? bits != 0x7fff : bits != expected) ++wrong;
  });
  EXPECT_EQ(wrong, 0);
}

template <class Element>
void expect_widened_as_decoded(Dtype dtype) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    double expected = 0;
    decode(dtype, reinterpret_cast<const std::byte*>(&half), {&expected, 1});
    const float value = widen(static_cast<Element>(half));
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(value)) << bits;
    } else {
      ASSERT_EQ(value, expected) << bits;
      ASSERT_EQ(std::signbit(value), std::signbit(expected)) << bits;
    }
  }
}

TEST(Numbers, EveryHalfWidensExactly) { expect_widened_as_decoded<F16>(Dtype::f16); }
TEST(Numbers, EveryBf16WidensExactly) { expect_widened_as_decoded<Bf16>(Dtype::bf16); }
TEST(Numbers, HalvesAreRoundedToNearestEven) { expect_narrowed_as_encoded<F16>(Dtype::f16); }
TEST(Numbers, Bf16AreRoundedToNearestEven) { expect_narrowed_as_encoded<Bf16>(Dtype::bf16); }

TEST(Numbers, PackPutsTheFirstLow) {
  EXPECT_EQ(pack<F16>(1.0F, -2.0F), 0xc0003c00U);
  EXPECT_EQ(pack<Bf16>(1.0F, -2.0F), 0xc0003f80U);
  EXPECT_EQ(low_half<F16>(0xc0003c00U), 1.0F);
  EXPECT_EQ(high_half<F16>(0xc0003c00U), -2.0F);
}

TEST(Numbers, Tf32IsRoundedToNearestWithTiesAwayFromZero) {
  EXPECT_EQ(round_tf32_bits(1.0F), 0x3f800000U);
  EXPECT_EQ(round_tf32_bits(std::bit_cast<float>(0x3f801000U)), 0x3f802000U);  // tie
  EXPECT_EQ(round_tf32_bits(std::bit_cast<float>(0xbf801000U)), 0xbf802000U);
  EXPECT_EQ(round_tf32_bits(std::bit_cast<float>(0x3f800fffU)), 0x3f800000U);
  EXPECT_EQ(round_tf32_bits(std::bit_cast<float>(0x7f7fffffU)), 0x7f800000U);
  EXPECT_EQ(round_tf32_bits(INFINITY), 0x7f800000U);
  EXPECT_EQ(round_tf32_bits(-INFINITY), 0xff800000U);
  EXPECT_EQ(round_tf32_bits(NAN), 0x7fffffffU);
  EXPECT_EQ(truncate_tf32(0x3f801fffU), 1.0F);
}

}  // namespace
}  // namespace ergon::model
