#include "harness/record/idle_baseline.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace ergon {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

IdleStretch idle(double begin_s, double watts, double u_watts = 0) {
  // Two seconds long.
  const auto begin_ns = static_cast<std::int64_t>(begin_s * 1e9);
  return {.run = 0,
          .begin_ns = begin_ns,
          .end_ns = begin_ns + 2 * kSecond,
          .energy = {{.channel = 0, .gross = Joules{2 * watts}, .u_edge = Joules{2 * u_watts}}}};
}

Window window(double begin_s, double end_s, double joules) {
  return {.begin_ns = static_cast<std::int64_t>(begin_s * 1e9),
          .end_ns = static_cast<std::int64_t>(end_s * 1e9),
          .energy = {{.channel = 0, .gross = Joules{joules}}}};
}

NetEnergy net(std::vector<IdleStretch> stretches, const Window& of) {
  Results results;
  results.runs.resize(1);
  results.idle = std::move(stretches);
  return net_energy(results, Record{}, of, of.energy.front());
}

}  // namespace

TEST(IdleBaseline, InterpolatesBetweenTheStretchesAroundAWindow) {
  // Middles at 1 s (10 W) and 11 s (10.4 W); the window's at 6 s: 10.2 W for 2 s.
  const NetEnergy found = net({idle(0, 10), idle(10, 10.4)}, window(5, 7, 100));
  EXPECT_DOUBLE_EQ(found.idle.value, 10.2);
  EXPECT_DOUBLE_EQ(found.net.value, 79.6);
  EXPECT_NEAR(found.u_idle.value, 2 * 0.4 / std::sqrt(12.0), 1e-12);
  EXPECT_NEAR(found.drift, 0.4 / 10.2, 1e-12);
  EXPECT_FALSE(found.rejected);
}

TEST(IdleBaseline, RejectsNetEnergyWhereIdlePowerChanged) {
  const NetEnergy found = net({idle(0, 10), idle(10, 11)}, window(5, 7, 100));
  EXPECT_TRUE(found.rejected);
  EXPECT_TRUE(std::isnan(found.net.value));
  EXPECT_DOUBLE_EQ(found.idle.value, 10.5);  // what it was stands for readers to judge
  EXPECT_NEAR(found.drift, 1 / 10.5, 1e-12);
}

TEST(IdleBaseline, AllowsMoreWhereTheProtocolAsksForLess) {
  Results results;
  RunInfo& run = results.runs.emplace_back();
  run.protocol = "p1:block_max_us=1,half_width_max_ppm=30000,idle_us=1";  // 3 %: 15 % of drift
  results.idle = {idle(0, 10), idle(10, 11)};
  const Window of = window(5, 7, 100);
  EXPECT_FALSE(net_energy(results, Record{}, of, of.energy[0]).rejected);
}

TEST(IdleBaseline, SaysWhyARecordHasNoNetEnergy) {
  Results results;
  results.runs.resize(1);
  results.records.resize(1);
  results.records[0].windows = {window(5, 7, 100)};
  const auto reason = [&] { return IdleBaseline(results).net_reason(results.records[0], 0); };
  EXPECT_EQ(reason(), "no idle stretch to take net energy from");
  results.idle = {idle(0, 10), idle(10, 9)};
  EXPECT_EQ(reason(), "idle power changed by -10.5 % over the block");
  results.idle[1] = idle(10, 10.1);
  EXPECT_EQ(reason(), "");
}

TEST(IdleBaseline, TakesTheNearestStretchOnEachSide) {
  const NetEnergy found =
      net({idle(40, 99), idle(10, 14), idle(-10, 99), idle(3, 10)}, window(6, 9, 100));
  // Middles at 4 s and 11 s, the window's at 7.5 s.
  EXPECT_DOUBLE_EQ(found.idle.value, 12);
}

TEST(IdleBaseline, CombinesTheEdgesOfBothStretches) {
  const NetEnergy found = net({idle(0, 10, 3), idle(10, 10, 4)}, window(5, 7, 100));
  EXPECT_DOUBLE_EQ(found.u_idle.value, 2 * 0.5 * 5);  // half of each, in quadrature, for 2 s
}

TEST(IdleBaseline, TakesStretchesThatFollowEachOtherAsOneBracket) {
  // 9, 10 and 11 W before, 14 W after; middles at 3 s and 11 s, the window's at 7 s.
  const NetEnergy found =
      net({idle(0, 9), idle(2, 10), idle(4, 11), idle(10, 14)}, window(6.5, 7.5, 100));
  EXPECT_DOUBLE_EQ(found.idle.value, 12);
  const double scatter = 0.5 * 1 / std::sqrt(3.0);  // half of the standard error of the mean
  EXPECT_DOUBLE_EQ(found.u_idle.value, std::hypot(scatter, 4 / std::sqrt(12.0)));
}

TEST(IdleBaseline, SeparatesStretchesThatAWindowParts) {
  Results results;
  results.runs.resize(1);
  results.idle = {idle(0, 10), idle(3, 14)};
  results.records.resize(1);
  results.records[0].windows = {window(2.25, 2.75, 100)};
  const Window& of = results.records[0].windows[0];
  EXPECT_DOUBLE_EQ(net_energy(results, results.records[0], of, of.energy[0]).idle.value, 12);
}

TEST(IdleBaseline, UsesTheOnlySideThereIsAndIsLessSure) {
  for (const auto& side : {idle(0, 10), idle(20, 10)}) {
    const NetEnergy found = net({side}, window(5, 7, 100));
    EXPECT_DOUBLE_EQ(found.idle.value, 10);
    EXPECT_DOUBLE_EQ(found.net.value, 80);
    EXPECT_DOUBLE_EQ(found.u_idle.value, 2 * 0.5 / std::sqrt(3.0));
  }
}

TEST(IdleBaseline, LeavesOutStretchesThatDoNotCount) {
  IdleStretch invalid = idle(0, 50);
  invalid.invalid = kStealTime;
  IdleStretch failed = idle(3, kNan);
  IdleStretch overlapping = idle(6, 50);
  const NetEnergy found =
      net({invalid, failed, overlapping, idle(20, 10), idle(-5, 10)}, window(5.5, 7, 100));
  EXPECT_DOUBLE_EQ(found.idle.value, 10);
}

TEST(IdleBaseline, IsNanWithoutAnyStretchOrWithoutGross) {
  const NetEnergy none = net({}, window(5, 7, 100));
  EXPECT_TRUE(std::isnan(none.idle.value));
  EXPECT_TRUE(std::isnan(none.net.value));
  EXPECT_TRUE(std::isnan(none.u_idle.value));
  EXPECT_TRUE(std::isnan(net({idle(0, 10)}, window(5, 7, kNan)).net.value));
}

TEST(IdleBaseline, DoesNotBorrowFromAnotherRun) {
  Results results;
  results.runs.resize(2);
  results.idle = {idle(0, 10)};
  const Window of = window(5, 7, 100);
  Record record;
  record.run = 1;
  EXPECT_TRUE(std::isnan(net_energy(results, record, of, of.energy.front()).net.value));
}

}  // namespace ergon
