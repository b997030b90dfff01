#include "harness/run/launches_per_replay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace ergon {
namespace {

constexpr double kPeriods[] = {0, 0.02, 0.1};
constexpr std::int64_t kSets[] = {1, 2, 7, 100, 4267, 16'384};

// From a microsecond to a second, three lengths a decade.
template <class Check>
void for_each_load(const Check& check) {
  for (double per_launch_s = 1e-6; per_launch_s < 1.5; per_launch_s *= std::cbrt(10)) {
    for (const std::int64_t sets : kSets) {
      for (const double period_s : kPeriods) {
        SCOPED_TRACE(testing::Message() << per_launch_s << " s, " << sets << " sets, " << period_s);
        check(per_launch_s, sets, period_s,
              launches_per_replay(Seconds{per_launch_s}, Seconds{period_s}, sets));
      }
    }
  }
}

TEST(LaunchesPerReplay, RotateThroughAllSetsOfOperands) {
  for_each_load([](double, std::int64_t sets, double, std::int64_t count) {
    EXPECT_GE(count, sets);
    EXPECT_EQ(count % sets, 0);
  });
}

TEST(LaunchesPerReplay, LastTwentyToFiftyMillisecondsWhereThatCanBe) {
  for_each_load([](double per_launch_s, std::int64_t sets, double, std::int64_t count) {
    const double round_s = per_launch_s * static_cast<double>(sets);
    const double length_s = per_launch_s * static_cast<double>(count);
    EXPECT_LE(count, std::max(sets, kRecordedMax));
    if (round_s > 0.015) {
      EXPECT_LE(length_s, std::max(0.05 + round_s / 2, round_s) * 1.0001);
    } else if (count < kRecordedMax / 2) {
      EXPECT_GE(length_s, 0.0125);
      EXPECT_LE(length_s, 0.0575);
    }
  });
}

TEST(LaunchesPerReplay, AreOutOfStepWithTheSensor) {
  for_each_load([](double per_launch_s, std::int64_t sets, double period_s, std::int64_t count) {
    if (period_s <= 0 || per_launch_s * static_cast<double>(sets) > 1e-3) return;
    if (per_launch_s * static_cast<double>(kRecordedMax) < 0.06) return;  // no length to choose
    const double length_s = per_launch_s * static_cast<double>(count);
    const double ratio = std::max(length_s, period_s) / std::min(length_s, period_s);
    EXPECT_GT(std::abs(ratio - std::round(ratio)), 0.45) << length_s;
  });
}

TEST(LaunchesPerReplay, AreTheseForAKernelOfTenMicroseconds) {
  // 2.5 replays in a period of 100 ms.
  EXPECT_EQ(launches_per_replay(Seconds{10e-6}, Seconds{0.1}, 1), 4010);
  EXPECT_EQ(launches_per_replay(Seconds{10e-6}, Seconds{0}, 1), 3500);
  EXPECT_EQ(launches_per_replay(Seconds{0.1}, Seconds{0.1}, 2), 2);
}

}  // namespace
}  // namespace ergon
