#include "analysis/network/calibration.h"

#include <gtest/gtest.h>

#include "kernels/error.h"
#include "tests/analysis/network/made_table.h"

namespace ergon {
namespace {

MeasuredSum sum_of(const PricedParts& parts, const Calibration& truth, int group) {
  return {.parts = parts, .energy_j = truth.energy(parts), .group = group};
}

}  // namespace

TEST(Calibration, FindsFactorsThatTheSumsTellApart) {
  const Calibration truth{.measured = 1.04, .streamed = 0.7, .permuted = 1.6};
  std::vector<MeasuredSum> sums;
  for (int group = 0; group < 30; ++group) {
    const double streamed = 0.2 + 0.1 * (group % 5), permuted = 0.1 + 0.15 * (group % 3);
    sums.push_back(
        sum_of({.measured_j = 1, .streamed_j = streamed, .permuted_j = permuted}, truth, group));
  }
  const Calibration found = calibrate(sums);
  EXPECT_NEAR(found.measured, truth.measured, 0.02);
  EXPECT_NEAR(found.streamed, truth.streamed, 0.05);
  EXPECT_NEAR(found.permuted, truth.permuted, 0.08);
}

TEST(Calibration, StaysAtOneWhereNothingWasMeasured) {
  const Calibration none = calibrate({});
  EXPECT_NEAR(none.measured, 1, 1e-12);
  EXPECT_NEAR(none.streamed, 1, 1e-12);
  EXPECT_NEAR(none.permuted, 1, 1e-12);
}

// Sums whose parts are all in one proportion fix the total and leave the factors near 1.
TEST(Calibration, DoesNotRunAwayWhereFactorsCannotBeToldApart) {
  std::vector<MeasuredSum> sums;
  for (int group = 0; group < 40; ++group) {
    sums.push_back({.parts = {.measured_j = 1, .streamed_j = 0.1, .permuted_j = 0.05},
                    .energy_j = 1.2,
                    .group = group});
  }
  const Calibration found = calibrate(sums);
  EXPECT_NEAR(found.energy(sums[0].parts), 1.2, 0.01);
  EXPECT_LT(found.measured, 1.1);
  EXPECT_LT(found.streamed, 1.5);
}

// A network measured at a hundred sizes says no more than at one.
TEST(Calibration, CountsAGroupOnce) {
  const PricedParts parts{.measured_j = 1, .streamed_j = 0.3};
  const MeasuredSum one{.parts = parts, .energy_j = 1.5, .group = 0};
  std::vector<MeasuredSum> many(100, one);
  const Calibration once = calibrate({&one, 1});
  const Calibration often = calibrate(many);
  EXPECT_NEAR(once.measured, often.measured, 1e-9);
  EXPECT_NEAR(once.streamed, often.streamed, 1e-9);
}

TEST(Calibration, SplitsWhatAProxyPricesByHowItWalksThroughMemory) {
  const EnergyTable table = made_table({"softmax", "gelu"});
  const std::vector<const Primitive*> primitives = {primitive::named("gelu")};
  const PriceList prices(table, primitives, {.proxy = "softmax"});
  const PricedParts own = parts_of(prices, make_problem(*primitive::named("gelu"), {8000}), 3);
  EXPECT_NEAR(own.measured_j, 3 * (2e-6 + 32'000 * 10e-12 + 64'000 * 50e-12), 1e-12);
  EXPECT_EQ(own.streamed_j + own.permuted_j, 0);
  EXPECT_GT(parts_of(prices, make_problem(*primitive::named("copy"), {8000}), 1).streamed_j, 0);
  const Problem split = make_problem(*primitive::named("split_heads"), {2, 8, 4, 16});
  EXPECT_GT(parts_of(prices, split, 1).permuted_j, 0);
  EXPECT_THROW((void)parts_of(prices, make_problem(*primitive::named("gemm"), {8, 8, 8}), 1),
               Error);
}

}  // namespace ergon
