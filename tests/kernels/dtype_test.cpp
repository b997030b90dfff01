#include "kernels/dtype.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace ergon {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<std::byte> encoded(Dtype dtype, std::vector<double> values) {
  std::vector<std::byte> bytes(dtype_bytes(dtype, std::ssize(values)));
  encode(dtype, values, bytes.data());
  return bytes;
}

std::vector<double> decoded(Dtype dtype, const std::vector<std::byte>& bytes, std::size_t count) {
  std::vector<double> values(count);
  decode(dtype, bytes.data(), values);
  return values;
}

std::vector<double> rounded(Dtype dtype, const std::vector<double>& values) {
  return decoded(dtype, encoded(dtype, values), values.size());
}

std::uint16_t half_bits(Dtype dtype, double value) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, encoded(dtype, {value}).data(), 2);
  return bits;
}

unsigned byte_bits(Dtype dtype, double value) {
  return std::to_integer<unsigned>(encoded(dtype, {value})[0]);
}

// Every bit pattern of a format decodes to a value that encodes to the same pattern.
template <class Word>
void expect_round_trip(Dtype dtype) {
  for (unsigned bits = 0; bits <= std::numeric_limits<Word>::max(); ++bits) {
    const auto word = static_cast<Word>(bits);
    std::vector<std::byte> bytes(sizeof word);
    std::memcpy(bytes.data(), &word, sizeof word);
    const std::vector<double> value = decoded(dtype, bytes, 1);
    if (std::isnan(value[0])) {
      EXPECT_TRUE(std::isnan(rounded(dtype, value)[0])) << bits;
    } else {
      EXPECT_EQ(encoded(dtype, value), bytes) << dtype_name(dtype) << " " << bits;
    }
  }
}

}  // namespace

TEST(Dtype, NamesGoBothWays) {
  for (const Dtype dtype : kDtypes) EXPECT_EQ(dtype_named(dtype_name(dtype)), dtype);
  EXPECT_EQ(dtype_named("float"), std::nullopt);
  EXPECT_EQ(dtype_name(Dtype::f8e4m3), "f8e4m3");
}

TEST(Dtype, CountsPackedBytes) {
  EXPECT_EQ(dtype_bytes(Dtype::f32, 3), 12u);
  EXPECT_EQ(dtype_bytes(Dtype::tf32, 3), 12u);
  EXPECT_EQ(dtype_bytes(Dtype::bf16, 3), 6u);
  EXPECT_EQ(dtype_bytes(Dtype::i4, 3), 2u);
  EXPECT_EQ(dtype_bytes(Dtype::i4, 0), 0u);
}

TEST(Dtype, EveryBitPatternSurvivesDecodingAndEncoding) {
  expect_round_trip<std::uint16_t>(Dtype::f16);
  expect_round_trip<std::uint16_t>(Dtype::bf16);
  expect_round_trip<std::uint8_t>(Dtype::f8e4m3);
  expect_round_trip<std::uint8_t>(Dtype::f8e5m2);
}

TEST(Dtype, EncodesF16AsIeeeSays) {
  EXPECT_EQ(half_bits(Dtype::f16, 1.0), 0x3c00);
  EXPECT_EQ(half_bits(Dtype::f16, -2.0), 0xc000);
  EXPECT_EQ(half_bits(Dtype::f16, 65504.0), 0x7bff);
  EXPECT_EQ(half_bits(Dtype::f16, 65519.99), 0x7bff);
  EXPECT_EQ(half_bits(Dtype::f16, 65520.0), 0x7c00);  // the tie goes to even, which is infinity
  EXPECT_EQ(half_bits(Dtype::f16, 0x1p-24), 0x0001);
  EXPECT_EQ(half_bits(Dtype::f16, 0x1p-25), 0x0000);  // tie to even
  EXPECT_EQ(half_bits(Dtype::f16, 0x1.8p-24), 0x0002);
  EXPECT_EQ(half_bits(Dtype::f16, -0.0), 0x8000);
}

TEST(Dtype, EncodesBf16ToNearestEven) {
  EXPECT_EQ(half_bits(Dtype::bf16, 1.0), 0x3f80);
  EXPECT_EQ(half_bits(Dtype::bf16, 1 + 0x1p-8), 0x3f80);
  EXPECT_EQ(half_bits(Dtype::bf16, 1 + 0x1.8p-7), 0x3f82);
  EXPECT_EQ(half_bits(Dtype::bf16, 1 + 0x1.000002p-8), 0x3f81);
  EXPECT_EQ(half_bits(Dtype::bf16, kInfinity), 0x7f80);
}

TEST(Dtype, EncodesF8AsTheOpenComputeFormatSays) {
  EXPECT_EQ(byte_bits(Dtype::f8e4m3, 448), 0x7eu);
  EXPECT_EQ(byte_bits(Dtype::f8e4m3, 464), 0x7eu);  // the tie goes to even
  EXPECT_EQ(byte_bits(Dtype::f8e4m3, 465), 0x7fu);  // no infinity: NaN
  EXPECT_EQ(byte_bits(Dtype::f8e4m3, 0x1p-9), 0x01u);
  EXPECT_EQ(byte_bits(Dtype::f8e5m2, 57344), 0x7bu);
  EXPECT_EQ(byte_bits(Dtype::f8e5m2, 61440), 0x7cu);
  EXPECT_EQ(byte_bits(Dtype::f8e5m2, 0x1p-16), 0x01u);
}

TEST(Dtype, EncodesF32AsTheHardwareDoes) {
  std::mt19937_64 random(7);
  std::vector<double> values = {0.0, -0.0, 1e-40, 0x1p-149, 0x1p-150, 1e39, -1e39, 0x1.ffffffp-127};
  for (int i = 0; i < 10000; ++i) {
    values.push_back(std::ldexp(std::uniform_real_distribution(-2.0, 2.0)(random),
                                static_cast<int>(random() % 300) - 160));
  }
  const std::vector<std::byte> bytes = encoded(Dtype::f32, values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    // 0x1p-149 units: exact in double, so this is a second way to the same rounding.
    float bits = 0;
    std::memcpy(&bits, bytes.data() + 4 * i, 4);
    const double back = rounded(Dtype::f32, {values[i]})[0];
    if (std::fabs(values[i]) < 0x1p-126) {
      EXPECT_EQ(back, std::nearbyint(values[i] * 0x1p149) * 0x1p-149) << values[i];
    } else {
      EXPECT_EQ(bits, static_cast<float>(values[i])) << values[i];
    }
  }
}

TEST(Dtype, Tf32KeepsTenBitsOfFraction) {
  EXPECT_EQ(rounded(Dtype::tf32, {1 + 0x1p-10, 1 + 0x1p-11, 1 + 0x1.8p-10, 1e-30})[0], 1 + 0x1p-10);
  EXPECT_EQ(rounded(Dtype::tf32, {1 + 0x1p-11})[0], 1.0);
  EXPECT_EQ(rounded(Dtype::tf32, {1 + 0x1.8p-10})[0], 1 + 0x1p-9);
}

TEST(Dtype, IntegersSaturate) {
  EXPECT_EQ(rounded(Dtype::i8, {127.4, 1e9, -1e9, 2.5, 3.5}),
            (std::vector<double>{127, 127, -128, 2, 4}));
  EXPECT_EQ(rounded(Dtype::u8, {-1, 255.5, 300}), (std::vector<double>{0, 255, 255}));
  EXPECT_EQ(rounded(Dtype::i32, {3e9, -3e9, -7.5}),
            (std::vector<double>{2147483647, -2147483648.0, -8}));
}

TEST(Dtype, TwoI4ShareAByte) {
  EXPECT_EQ(encoded(Dtype::i4, {1, -1, 7}),
            (std::vector<std::byte>{std::byte{0xf1}, std::byte{0x07}}));
  EXPECT_EQ(rounded(Dtype::i4, {-8, -9, 8, 3, -3}), (std::vector<double>{-8, -8, 7, 3, -3}));
}

TEST(Dtype, EpsilonIsHalfTheDistanceFromOne) {
  for (const Dtype dtype : kDtypes) {
    const double epsilon = dtype_epsilon(dtype);
    if (epsilon == 0 || dtype == Dtype::f64) continue;
    EXPECT_EQ(rounded(dtype, {1 + epsilon})[0], 1.0) << dtype_name(dtype);
    EXPECT_EQ(rounded(dtype, {1 + 1.01 * epsilon})[0], 1 + 2 * epsilon) << dtype_name(dtype);
  }
}

}  // namespace ergon
