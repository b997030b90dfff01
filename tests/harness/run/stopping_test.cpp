#include "harness/run/stopping.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ergon {
namespace {

Protocol protocol(int windows_min, double half_width_max) {
  Protocol made = protocol_presets()[0];
  made.windows_min = windows_min;
  made.half_width_max = half_width_max;
  return made;
}

}  // namespace

TEST(Stopping, TakesHalfTheIntervalOverTheMean) {
  Stopping stopping(protocol(2, 0.01));
  for (const double value : {9.0, 10.0, 11.0}) stopping.add(value);
  // Standard error 1 / sqrt(3), t of 2 degrees of freedom 4.3027, 1.1 for stopping by it.
  EXPECT_NEAR(stopping.half_width_relative(), 1.1 * 4.3027 / std::sqrt(3.0) / 10, 1e-9);
  EXPECT_FALSE(stopping.done());
}

TEST(Stopping, WaitsForTheLeastNumberOfWindows) {
  Stopping stopping(protocol(3, 0.01));
  stopping.add(5);
  EXPECT_TRUE(std::isinf(stopping.half_width_relative()));
  stopping.add(5);
  EXPECT_EQ(stopping.half_width_relative(), 0);
  EXPECT_FALSE(stopping.done());
  stopping.add(5);
  EXPECT_TRUE(stopping.done());
}

// Alternating by +-d of the mean: with 20 windows at most, the half-width reached is about
// 1.1 x 2.093 x d / sqrt(20) = 0.515 d, and 0.377 d by the least noise likely after 10 windows.
TEST(Stopping, StopsAfterTwiceTheLeastNumberWhereTheNoiseIsTooMuch) {
  Stopping stopping(protocol(5, 0.01));
  for (int i = 0; i < 9; ++i) stopping.add(i % 2 == 0 ? 105 : 95);
  EXPECT_FALSE(stopping.done());
  stopping.add(95);
  EXPECT_TRUE(stopping.done());
  EXPECT_FALSE(stopping.reached());
}

TEST(Stopping, GoesOnWhereTheWidthWantedIsInReach) {
  Stopping stopping(protocol(5, 0.01));
  for (int i = 0; i < 12; ++i) stopping.add(i % 2 == 0 ? 102 : 98);
  EXPECT_FALSE(stopping.done());
}

TEST(Stopping, NeverStopsOnANumberThatIsNone) {
  Stopping stopping(protocol(2, 0.01));
  for (int i = 0; i < 10; ++i) stopping.add(std::nan(""));
  EXPECT_FALSE(stopping.done());
}

}  // namespace ergon
