#include "harness/record/launch_intervals.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ergon {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// A window of 1 s and 10 launches.
Window window(std::int64_t begin_s, double joules) {
  Window made;
  made.launches = 10;
  made.begin_ns = begin_s * kSecond;
  made.end_ns = made.begin_ns + kSecond;
  made.energy.push_back({0, 0, 0, Joules{joules}, Joules{0}});
  return made;
}

IdleStretch stretch(std::int64_t begin_s, double joules) {
  IdleStretch made;
  made.begin_ns = begin_s * kSecond;
  made.end_ns = made.begin_ns + kSecond;
  made.energy.push_back({0, 0, 0, Joules{joules}, Joules{0}});
  return made;
}

LaunchIntervals intervals(const std::vector<Window>& windows, const std::vector<IdleStretch>& idle,
                          const Channel& facts = {}) {
  std::vector<const IdleStretch*> pointers;
  for (const IdleStretch& one : idle) pointers.push_back(&one);
  return launch_intervals(windows, 0, facts, pointers);
}

}  // namespace

TEST(MeanInterval, IsStudents) {
  const double values[] = {9, 10, 11};
  const Interval interval = mean_interval(values);
  EXPECT_DOUBLE_EQ(interval.value, 10);
  EXPECT_NEAR(interval.half_width, 4.3027 / std::sqrt(3.0), 1e-9);
  EXPECT_EQ(interval.freedom, 2);
}

TEST(LaunchIntervals, TakeTheMeanOfGrossOverLaunches) {
  const auto found = intervals({window(0, 90), window(2, 110), window(4, 100)}, {});
  EXPECT_EQ(found.windows, 3);
  EXPECT_DOUBLE_EQ(found.gross.value, 10);
  EXPECT_NEAR(found.gross.half_width, 1.1 * 4.3027 / std::sqrt(3.0), 1e-9);
}

TEST(LaunchIntervals, HaveNoNetWithoutIdle) {
  const auto found = intervals({window(0, 90), window(2, 110)}, {});
  EXPECT_TRUE(std::isnan(found.net.value));
  EXPECT_TRUE(std::isnan(found.net.half_width));
}

TEST(LaunchIntervals, LeaveInvalidWindowsOut) {
  std::vector<Window> windows = {window(0, 90), window(2, 110), window(4, 7000)};
  windows[2].invalid = kInterrupted;
  const auto found = intervals(windows, {stretch(-2, 20), stretch(6, 20)});
  EXPECT_EQ(found.windows, 2);
  EXPECT_DOUBLE_EQ(found.gross.value, 10);
}

// Idle of 40 W before and 50 W after; the window lies in the middle of them.
TEST(LaunchIntervals, TakeIdleOffAlongTheLineBetweenItsSides) {
  const auto found = intervals({window(0, 100), window(2, 100), window(4, 100)},
                               {stretch(-4, 39), stretch(-2, 41), stretch(6, 49), stretch(8, 51)});
  EXPECT_NEAR(found.net.value, 10 - 4.5, 1e-12);
}

// Idle of 40, 42, 38 and 40 J in stretches of a second on one side: mean 40 W, variance of the
// mean 8 / 3 / 4 W^2, 3 degrees of freedom. Windows of 90, 110 and 100 J: 1 / 3 J^2 of the mean per
// launch, widened to 1.21 / 3, 2 degrees of freedom.
TEST(LaunchIntervals, AddTheIdleUncertaintyByWelchAndSatterthwaite) {
  const auto found = intervals({window(10, 90), window(12, 110), window(14, 100)},
                               {stretch(0, 40), stretch(2, 42), stretch(4, 38), stretch(6, 40)});
  const double a = 1.21 / 3, b = 8.0 / 3 / 4 * 0.01;
  EXPECT_NEAR(found.net.value, 6, 1e-12);
  EXPECT_NEAR(found.net.freedom, (a + b) * (a + b) / (a * a / 2 + b * b / 3), 1e-9);
  EXPECT_NEAR(found.net.freedom, 2.0664, 1e-3);
  EXPECT_NEAR(found.net.half_width, 2.68, 0.05);  // t of 2.066: 4.19
}

TEST(LaunchIntervals, SeeNoScatterInADrift) {
  std::vector<Window> windows;
  for (int i = 0; i < 6; ++i) windows.push_back(window(2 * i, 100 + i));
  const auto found = intervals(windows, {});
  EXPECT_NEAR(found.gross.value, 10.25, 1e-12);
  EXPECT_NEAR(found.gross.half_width, 0, 1e-9);
  EXPECT_EQ(found.gross.freedom, 4);
}

// Power in steps of 2 W that no noise dithers: uniform from -1 to 1 W, of which 95 % is 0.95 W,
// over 0.1 s a launch; of load and idle together 2 - sqrt(0.2) W.
TEST(LaunchIntervals, AddARoundingThatRepeats) {
  Channel facts;
  facts.measure = Measure::power;
  facts.resolution = 2;
  facts.update_period = Seconds{0.1};
  const auto found =
      intervals({window(0, 100), window(2, 100), window(4, 100)},
                {stretch(-2, 40), stretch(-4, 40), stretch(6, 40), stretch(8, 40)}, facts);
  EXPECT_NEAR(found.gross.half_width, 0.095, 1e-9);
  EXPECT_NEAR(found.net.half_width, 0.1 * (2 - std::sqrt(0.2)), 1e-9);
}

// A quarter of the numbers is 102 W, the others 100 W: what they round lies within half a step
// less that quarter of where their mean puts it.
TEST(LaunchIntervals, KnowMoreOfNumbersThatFlip) {
  Channel facts;
  facts.measure = Measure::power;
  facts.resolution = 2;
  facts.update_period = Seconds{0.1};
  const auto found = intervals({window(0, 100.5), window(2, 100.5), window(4, 100.5)}, {}, facts);
  EXPECT_NEAR(found.gross.half_width, 0.0475, 1e-9);
}

// The same steps, and windows whose updates scatter by more than a step.
TEST(LaunchIntervals, AddNoRoundingThatNoiseAveragesAway) {
  Channel facts;
  facts.measure = Measure::power;
  facts.resolution = 2;
  facts.update_period = Seconds{0.1};
  const std::vector<Window> windows = {window(0, 99), window(2, 101), window(4, 100)};
  EXPECT_NEAR(intervals(windows, {}, facts).gross.half_width,
              intervals(windows, {}).gross.half_width, 1e-6);
}

}  // namespace ergon
