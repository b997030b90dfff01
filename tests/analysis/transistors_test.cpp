#include "analysis/transistors.h"

#include <gtest/gtest.h>

namespace ergon {

// By hand: 32 x (18 + 12) for half adders and sums, 16 x 5 x 14 for the carries.
TEST(Transistors, AddIntegersWithAPrefixAdder) {
  EXPECT_EQ(adder_transistors(Dtype::i8), 960 + 1120);
}

// 64 ANDs of 6, 48 full adders of 28, 8 half adders of 18.
TEST(Transistors, MultiplyIntegersInAnArray) {
  EXPECT_EQ(multiplier_transistors(Dtype::i8), 384 + 1344 + 144);
}

// Array of 24: 576 x 6 + 528 x 28 + 24 x 18; exponents 2 x (8 x 30 + 4 x 3 x 14); 24 x 12 to shift,
// 24 x 18 to round, 12 for the sign.
TEST(Transistors, MultiplyFloatsBySignificandAndExponent) {
  EXPECT_EQ(multiplier_transistors(Dtype::f32), 3456 + 14784 + 432 + 816 + 288 + 432 + 12);
}

TEST(Transistors, CostLessInShorterFormats) {
  EXPECT_GT(multiplier_transistors(Dtype::f64), 4 * multiplier_transistors(Dtype::f32));
  EXPECT_GT(multiplier_transistors(Dtype::f32), multiplier_transistors(Dtype::f16));
  EXPECT_GT(multiplier_transistors(Dtype::f16), multiplier_transistors(Dtype::bf16));
  EXPECT_GT(multiplier_transistors(Dtype::bf16), multiplier_transistors(Dtype::f8e4m3));
}

TEST(Transistors, WeighSpecialsByTheirInstructions) {
  const Dtypes f32;
  const double multiply_add = 2 * transistors_per_flop(f32);
  EXPECT_EQ(transistors_per_special("softmax", f32),
            6 * multiply_add + 4 * adder_transistors(Dtype::f32));
  EXPECT_EQ(transistors_per_special("gelu", f32),
            18 * multiply_add + 2 * adder_transistors(Dtype::f32));
}

}  // namespace ergon
