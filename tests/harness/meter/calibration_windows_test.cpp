#include "harness/meter/calibration_windows.h"

#include <gtest/gtest.h>

#include <limits>

namespace ergon {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kAnchorUtcNs = 1'700'000'000 * kSecond;

// A wall meter that sees 1.1 times the channel and 40 W beside, over a minute of 10 s stretches
// at 50 W and 150 W in turn; its clock is `behind_s` behind UTC.
Trace wall(std::int64_t behind_s) {
  Trace trace{.name = "wall.csv",
              .measure = Measure::energy,
              .base = TimeBase::epoch,
              .time_ns = {},
              .value = {}};
  double joules = 0;
  for (std::int64_t s = 0; s <= 60; ++s) {
    trace.time_ns.push_back(kAnchorUtcNs + (s - behind_s) * kSecond);
    trace.value.push_back(joules);
    joules += 1.1 * ((s / 10) % 2 == 0 ? 50 : 150) + 40;
  }
  return trace;
}

// A run whose steady clock stands at 1000 s at the anchor: idle in even stretches, load in odd.
Results run() {
  Results results;
  RunInfo info;
  info.anchor_utc_ns = kAnchorUtcNs;
  info.anchor_steady_ns = 1000 * kSecond;
  results.runs.push_back(info);
  Record record;
  for (std::int64_t i = 0; i < 6; ++i) {
    const std::int64_t begin_ns = (1000 + 10 * i) * kSecond, end_ns = begin_ns + 10 * kSecond;
    const double joules = i % 2 == 0 ? 500 : 1500;
    std::vector<ChannelEnergy> energy;
    energy.push_back({.channel = 0, .gross = Joules{1}});
    energy.push_back({.channel = 1, .gross = Joules{joules}});
    if (i % 2 == 0) {
      results.idle.push_back({.run = 0, .begin_ns = begin_ns, .end_ns = end_ns, .energy = energy});
    } else {
      record.windows.push_back({.begin_ns = begin_ns, .end_ns = end_ns, .energy = energy});
    }
  }
  results.records.push_back(record);
  return results;
}

}  // namespace

TEST(CalibrationWindows, GiveBackTheGainThatTheWallMeterSaw) {
  const auto windows = calibration_windows(run(), 0, 1, wall(0), 0, Seconds{1});
  ASSERT_EQ(windows.size(), 6u);
  const Gain gain = fit_gain(windows, Boundary::wider);
  EXPECT_NEAR(gain.gain, 1.1, 1e-9);
  EXPECT_NEAR(gain.rest.value, 40, 1e-6);
}

TEST(CalibrationWindows, StandAnotherClock) {
  const auto windows = calibration_windows(run(), 0, 1, wall(7), 7 * kSecond, Seconds{1});
  ASSERT_EQ(windows.size(), 6u);
  EXPECT_NEAR(fit_gain(windows, Boundary::wider).gain, 1.1, 1e-9);
}

TEST(CalibrationWindows, LeaveOutWhatIsInvalidShortOrNotCovered) {
  Results results = run();
  results.records[0].windows[0].invalid = kThrottled;
  EXPECT_EQ(calibration_windows(results, 0, 1, wall(0), 0, Seconds{1}).size(), 5u);
  results.idle[1].energy[1].gross = Joules{std::numeric_limits<double>::quiet_NaN()};
  EXPECT_EQ(calibration_windows(results, 0, 1, wall(0), 0, Seconds{1}).size(), 4u);
  EXPECT_EQ(calibration_windows(results, 0, 1, wall(0), 25 * kSecond, Seconds{1}).size(), 3u);
  EXPECT_TRUE(calibration_windows(results, 0, 1, wall(0), 0, Seconds{11}).empty());
}

}  // namespace ergon
