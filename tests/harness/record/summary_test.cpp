#include "harness/record/summary.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ergon {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// `launches` of `joules` each, in one second from `begin_s`.
Window window(std::int64_t begin_s, double launches, double joules) {
  return {.launches = launches,
          .begin_ns = begin_s * kSecond,
          .end_ns = (begin_s + 1) * kSecond,
          .energy = {{.channel = 1, .gross = Joules{launches * joules}}}};
}

Results idle_at_5_watts() {
  Results results;
  results.runs.resize(1);
  results.idle = {{.end_ns = kSecond, .energy = {{.channel = 1, .gross = Joules{5}}}},
                  {.begin_ns = 90 * kSecond,
                   .end_ns = 91 * kSecond,
                   .energy = {{.channel = 1, .gross = Joules{5}}}}};
  return results;
}

}  // namespace

TEST(Summary, IsTheMeanOverWindowsWithItsStandardError) {
  const Results results = idle_at_5_watts();
  Record record;
  record.windows = {window(2, 10, 2.0), window(4, 10, 4.0), window(6, 20, 3.0)};
  const LaunchEnergy found = launch_energy(IdleBaseline(results), record, 1);
  EXPECT_EQ(found.windows, 3);
  EXPECT_DOUBLE_EQ(found.gross.value, 3.0);
  EXPECT_DOUBLE_EQ(found.deviation.value, 1.0);
  EXPECT_DOUBLE_EQ(found.u_gross.value, 1.0 / std::sqrt(3.0));
  EXPECT_DOUBLE_EQ(found.net.value, 3.0 - (0.5 + 0.5 + 0.25) / 3);
  EXPECT_DOUBLE_EQ(found.u_idle.value, 0);
  EXPECT_DOUBLE_EQ(found.power.value, 120.0 / 3);
}

TEST(Summary, LeavesOutWindowsThatDoNotCount) {
  const Results results = idle_at_5_watts();
  Record record;
  record.windows = {window(2, 10, 2.0), window(4, 10, 99), window(6, 10, NAN), window(8, 0, 1)};
  record.windows[1].invalid = kStaleCounter;
  const LaunchEnergy found = launch_energy(IdleBaseline(results), record, 1);
  EXPECT_EQ(found.windows, 1);
  EXPECT_DOUBLE_EQ(found.gross.value, 2.0);
  EXPECT_TRUE(std::isnan(found.u_gross.value));
}

TEST(Summary, IsNanWithoutTheChannel) {
  const Results results = idle_at_5_watts();
  Record record;
  record.windows = {window(2, 10, 2.0)};
  const LaunchEnergy found = launch_energy(IdleBaseline(results), record, -1);
  EXPECT_EQ(found.windows, 0);
  EXPECT_TRUE(std::isnan(found.gross.value));
  EXPECT_TRUE(std::isnan(found.net.value));
  EXPECT_TRUE(std::isnan(found.power.value));
}

TEST(Summary, HasTheIntervalOfTheProtocol) {
  Results results = idle_at_5_watts();
  // Two stretches before and two after, at 5 W and 5.2 W.
  for (const std::int64_t begin_s : {1, 91}) {
    results.idle.push_back({.begin_ns = begin_s * kSecond,
                            .end_ns = (begin_s + 1) * kSecond,
                            .energy = {{.channel = 1, .gross = Joules{5.2}}}});
  }
  Record record;
  record.windows = {window(40, 10, 2.0), window(45, 10, 4.0), window(50, 10, 3.0)};
  RunInfo run;
  run.channels.resize(2);
  const IdleBaseline baseline(results);
  EXPECT_EQ(baseline.around(0, 40 * kSecond, 51 * kSecond).size(), 4u);
  const LaunchIntervals found = record_intervals(baseline, record, run, 1);
  EXPECT_EQ(found.windows, 3);
  EXPECT_DOUBLE_EQ(found.gross.value, 3.0);
  // Student's t of 2 degrees of freedom, times 1 / sqrt(3), times what stopping early asks for.
  EXPECT_NEAR(found.gross.half_width, 1.1 * 4.3027 / std::sqrt(3.0), 1e-3);
  // 5.1 W for a tenth of a second a launch, and next to no slope.
  EXPECT_NEAR(found.net.value, 3.0 - 0.51, 1e-5);
  EXPECT_GT(found.net.half_width, 0);
  EXPECT_TRUE(std::isnan(record_intervals(baseline, record, run, -1).gross.value));
}

TEST(Summary, InterpolatesQuantilesOfTheTimes) {
  Record record;
  EXPECT_TRUE(std::isnan(time_quantile(record, 0.5).value));
  record.times = {{4.0}, {1.0}, {3.0}, {2.0}};
  EXPECT_DOUBLE_EQ(time_quantile(record, 0.5).value, 2.5);
  EXPECT_DOUBLE_EQ(time_quantile(record, 0.0).value, 1.0);
  EXPECT_DOUBLE_EQ(time_quantile(record, 1.0).value, 4.0);
  EXPECT_DOUBLE_EQ(time_quantile(record, 0.1).value, 1.3);
}

}  // namespace ergon
