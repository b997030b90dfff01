#include "kernels/bf16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "kernels/dtype.h"

namespace ergon {

TEST(Bf16, WidensEveryValueAsTheDtypeDecodes) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto value = static_cast<Bf16>(bits);
    double decoded = 0;
    decode(Dtype::bf16, reinterpret_cast<const std::byte*>(&value), {&decoded, 1});
    if (std::isnan(decoded)) {
      EXPECT_TRUE(std::isnan(widen(value))) << bits;
    } else {
      EXPECT_EQ(widen(value), decoded) << bits;
    }
  }
}

// Every place of the rounding: below, at and above the middle, for even and odd neighbours, up to
// infinity.
TEST(Bf16, NarrowsAsTheDtypeEncodes) {
  for (std::uint32_t upper = 0; upper < 0x7f80; upper += 13) {
    for (const std::uint32_t lower : {0x0000U, 0x0001U, 0x7fffU, 0x8000U, 0x8001U, 0xffffU}) {
      for (const std::uint32_t sign : {0U, 0x80000000U}) {
        const auto value = std::bit_cast<float>(sign | upper << 16 | lower);
        const double wide = value;
        Bf16 encoded = {};
        encode(Dtype::bf16, {&wide, 1}, reinterpret_cast<std::byte*>(&encoded));
        EXPECT_EQ(narrow(value), encoded) << value;
      }
    }
  }
  EXPECT_EQ(widen(narrow(std::numeric_limits<float>::max())),
            std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(widen(narrow(std::bit_cast<float>(0x7f800001U)))));
}

}  // namespace ergon
