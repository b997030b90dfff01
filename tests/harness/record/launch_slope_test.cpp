#include "harness/record/launch_slope.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/simulate/random.h"

namespace ergon {
namespace {

Window window(double launches, double joules) {
  return {.launches = launches,
          .begin_ns = 0,
          .end_ns = 1'000'000'000,
          .energy = {{.channel = 3, .gross = Joules{joules}}}};
}

// Windows of the lengths that a protocol makes, each with noise of a standard deviation that goes
// with launches^power, 1 J at 1000 launches; 2 mJ a launch and 0.5 J a window.
std::vector<Window> noisy(int count, double power, Random& random) {
  std::vector<Window> windows;
  constexpr double kFactors[] = {1, 0.5, 2, 1, 0.5};
  for (int i = 0; i < count; ++i) {
    const double launches = 100'000 * kFactors[i % 5];
    const double deviation = std::pow(launches / 100'000, power);
    windows.push_back(window(launches, 2e-3 * launches + 0.5 + deviation * random.normal()));
  }
  return windows;
}

}  // namespace

TEST(LaunchSlope, SeparatesWhatAWindowCostsFromWhatALaunchCosts) {
  const std::vector<Window> windows{window(1000, 2.5), window(500, 1.5), window(2000, 4.5),
                                    window(1000, 2.5)};
  const LaunchSlope found = launch_slope(windows, 3);
  EXPECT_EQ(found.windows, 4);
  EXPECT_NEAR(found.slope.value, 2e-3, 1e-15);
  EXPECT_NEAR(found.intercept.value, 0.5, 1e-12);
  EXPECT_NEAR(found.slope.half_width, 0, 1e-12);
  EXPECT_EQ(found.slope.freedom, 2);
}

// Weights 1/1, 2, 1/2, 1 at launches 1, 0.5, 2, 1: sum 4.5, weighted mean 4 / 4.5 = 8 / 9; the
// weighted squares 2 (1/9)^2 + 2 (7/18)^2 + (10/9)^2 / 2 = 0.94444; slope coefficients w (n - mean)
// / that.
TEST(LaunchSlope, WeightsWindowsByTheirLaunches) {
  const std::vector<Window> windows{window(1, 1.2), window(0.5, 0.4), window(2, 2.1),
                                    window(1, 0.9)};
  const double middle = 8.0 / 9, squares = 17.0 / 18;
  const double slope = (1 * (1 - middle) * 1.2 + 2 * (0.5 - middle) * 0.4 +
                        0.5 * (2 - middle) * 2.1 + 1 * (1 - middle) * 0.9) /
                       squares;
  const LaunchSlope found = launch_slope(windows, 3);
  EXPECT_NEAR(found.slope.value, slope, 1e-12);
  EXPECT_NEAR(found.intercept.value, (1.2 + 2 * 0.4 + 0.5 * 2.1 + 0.9) / 4.5 - slope * middle,
              1e-12);
  EXPECT_GT(found.slope.half_width, 0);
}

TEST(LaunchSlope, IsNanWithoutThreeLengths) {
  const auto slope_of = [](const std::vector<Window>& windows) {
    return launch_slope(windows, 3).slope.value;
  };
  EXPECT_TRUE(std::isnan(slope_of({})));
  EXPECT_TRUE(std::isnan(slope_of({window(1, 1), window(2, 2), window(4, 4)})));  // three windows
  EXPECT_TRUE(std::isnan(slope_of({window(1, 1), window(2, 2), window(1, 1), window(2, 2)})));
  EXPECT_TRUE(std::isnan(slope_of({window(1, 1), window(1.25, 1), window(1.6, 1), window(1, 1)})));
  std::vector<Window> windows{window(1, 1), window(2, 2), window(4, 4), window(1, 1)};
  EXPECT_FALSE(std::isnan(slope_of(windows)));
  windows[2].invalid = kStealTime;
  EXPECT_TRUE(std::isnan(slope_of(windows)));
  windows[2].invalid = 0;
  EXPECT_TRUE(std::isnan(launch_slope(windows, 0).slope.value));  // another channel
}

// Whatever the noise goes with, and with as few windows as a protocol makes, the interval covers
// 95 % or more: 92 % is four standard errors of 2000 replicates below that.
TEST(LaunchSlope, CoversTheTruthWhateverTheNoiseGoesWith) {
  Random random(7);
  for (const int count : {5, 10, 20}) {
    for (const double power : {0.0, 0.5, 1.0}) {
      int slopes = 0, intercepts = 0;
      constexpr int kReplicates = 2000;
      for (int i = 0; i < kReplicates; ++i) {
        const LaunchSlope found = launch_slope(noisy(count, power, random), 3);
        slopes += std::abs(found.slope.value - 2e-3) <= found.slope.half_width ? 1 : 0;
        intercepts += std::abs(found.intercept.value - 0.5) <= found.intercept.half_width ? 1 : 0;
      }
      EXPECT_GE(slopes, 0.93 * kReplicates) << count << " windows, power " << power;
      EXPECT_GE(intercepts, 0.93 * kReplicates) << count << " windows, power " << power;
    }
  }
}

}  // namespace ergon
