#include "harness/record/coverage.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ergon {
namespace {

constexpr double kMany = 1e6;  // degrees of freedom

}  // namespace

TEST(HalfWidth95, IsStudentsWhereNothingIsSystematic) {
  EXPECT_NEAR(half_width_95({.deviation = 2, .freedom = 4}), 2 * 2.7764, 1e-4);
  EXPECT_NEAR(half_width_95({.deviation = 2, .freedom = kMany}), 2 * 1.96, 1e-3);
}

TEST(HalfWidth95, IsOfTheUniformPartsWhereNothingScatters) {
  EXPECT_DOUBLE_EQ(half_width_95({.range_a = 3}), 0.95 * 3);
  EXPECT_DOUBLE_EQ(half_width_95({.range_b = 3}), 0.95 * 3);
  EXPECT_DOUBLE_EQ(half_width_95({.range_a = 1, .range_b = 1}), 2 - std::sqrt(0.2));
  EXPECT_EQ(half_width_95({}), 0);
}

// By integration of the normal distribution function over the uniform ones.
TEST(HalfWidth95, IsTheQuantileOfTheirSum) {
  const auto of = [](double s, double a, double b) {
    return half_width_95({.deviation = s, .freedom = kMany, .range_a = a, .range_b = b});
  };
  EXPECT_NEAR(of(1, 2, 0), 2.9023, 2e-3);
  EXPECT_NEAR(of(0.5, 1, 0.5), 1.5654, 2e-3);
  EXPECT_NEAR(of(0.5, 0.5, 1), 1.5654, 2e-3);
  EXPECT_NEAR(of(0.1, 1, 1), 1.5640, 2e-3);
  EXPECT_NEAR(of(1, 0.2, 0.1), 1.9762, 2e-3);
}

TEST(HalfWidth95, HasNoStepWhereAPartIsLeftToTheOthers) {
  for (const double small : {1e-6, 1e-4, 9e-4, 1e-3, 0.029, 0.031}) {
    EXPECT_NEAR(half_width_95({.deviation = small, .freedom = kMany, .range_a = 1}), 0.95, 0.03);
    EXPECT_NEAR(half_width_95({.deviation = 1, .freedom = kMany, .range_a = small}), 1.96, 1e-3);
    EXPECT_NEAR(half_width_95({.deviation = 0.5, .freedom = kMany, .range_a = 1, .range_b = small}),
                half_width_95({.deviation = 0.5, .freedom = kMany, .range_a = 1}), 2e-3);
  }
}

// Five windows scatter by a tenth of a known rounding: their t of 2.8 is not its.
TEST(HalfWidth95, TakesFewWindowsScatterForWhatItIsOfTheWhole) {
  const double few = half_width_95({.deviation = 0.1, .freedom = 4, .range_a = 1});
  const double many = half_width_95({.deviation = 0.1, .freedom = kMany, .range_a = 1});
  EXPECT_NEAR(few, many, 0.001);
  EXPECT_LT(few, std::hypot(2.7764 * 0.1, 0.95));
}

}  // namespace ergon
