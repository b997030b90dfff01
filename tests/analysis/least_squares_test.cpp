#include "analysis/least_squares.h"

#include <array>
#include <cmath>

#include <gtest/gtest.h>

#include "analysis/statistics.h"

namespace ergon {

namespace {

Gram gram_of(std::initializer_list<std::array<double, 3>> rows) {  // x0, x1, y
  Gram gram(2);
  for (const auto& row : rows) gram.add(std::span(row).first(2), row[2]);
  return gram;
}

}  // namespace

TEST(LeastSquares, FindsTheExactAnswer) {
  const Solution solution = solve_nonnegative(gram_of({{1, 0, 2}, {0, 1, 3}, {1, 1, 5}}));
  EXPECT_NEAR(solution.values[0], 2, 1e-12);
  EXPECT_NEAR(solution.values[1], 3, 1e-12);
  EXPECT_FALSE(solution.at_bound[0]);
  EXPECT_NEAR(solution.residual, 0, 1e-12);
}

TEST(LeastSquares, HoldsANegativeCoefficientAtZero) {
  // Unbounded: (2, -1). With x1 at zero x0 is the projection of y on the first column.
  const Solution solution = solve_nonnegative(gram_of({{1, 0, 2}, {0, 1, -1}, {1, 1, 1}}));
  EXPECT_TRUE(solution.at_bound[1]);
  EXPECT_EQ(solution.values[1], 0);
  EXPECT_NEAR(solution.values[0], 1.5, 1e-12);
}

TEST(LeastSquares, MeetsTheConditionsOfOptimalityOnRandomProblems) {
  SplitMix random(7);
  for (int trial = 0; trial < 500; ++trial) {
    constexpr int kColumns = 6;
    Gram gram(kColumns);
    for (int row = 0; row < 12; ++row) {
      std::array<double, kColumns> x{};
      for (double& value : x) value = random.uniform() * std::pow(10, 6 * random.uniform());
      gram.add(x, random.normal());
    }
    const Solution solution = solve_nonnegative(gram);
    for (int i = 0; i < kColumns; ++i) {
      const auto at = static_cast<std::size_t>(i);
      double gradient = gram.xy(i);
      for (int j = 0; j < kColumns; ++j) {
        gradient -= gram.xx(i, j) * solution.values[static_cast<std::size_t>(j)];
      }
      gradient /= std::sqrt(gram.xx(i, i) * gram.yy());
      EXPECT_GE(solution.values[at], 0) << "trial " << trial;
      EXPECT_LE(gradient, 1e-8) << "trial " << trial;
      if (!solution.at_bound[at]) {
        EXPECT_NEAR(gradient, 0, 1e-8) << "trial " << trial;
      }
    }
  }
}

TEST(LeastSquares, TakesAKnownColumnOffTheTarget) {
  const Gram gram = gram_of({{1, 2, 8}, {2, 1, 7}, {3, 3, 15}});  // y = 2 x0 + 3 x1
  const Gram rest = gram.less(0, 2);
  EXPECT_NEAR(rest.xy(1), 3 * gram.xx(1, 1), 1e-12);
  EXPECT_NEAR(rest.yy(), 9 * gram.xx(1, 1), 1e-12);
}

TEST(Collinearity, IsOneForOrthogonalAndCappedForParallelColumns) {
  EXPECT_NEAR(collinearity(gram_of({{1, 0, 0}, {0, 5, 0}})).condition_number, 1, 1e-12);
  const Collinearity parallel = collinearity(gram_of({{1, 2, 0}, {3, 6, 0}}));
  EXPECT_GT(parallel.condition_number, 1e7);
  EXPECT_LE(parallel.condition_number, kConditionCap);
  EXPECT_GT(parallel.proportion[0], 0.99);
}

}  // namespace ergon
