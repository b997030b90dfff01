#include "harness/run/cross_check.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ergon {
namespace {

Channel channel(const char* name, const char* domain, const char* within = "",
                Measure measure = Measure::energy) {
  Channel made;
  made.name = name;
  made.domain = domain;
  made.within = within;
  made.measure = measure;
  return made;
}

// A window of 2 s in which channel i used joules[i].
Window window(std::initializer_list<double> joules, double u_edge = 0) {
  Window made;
  made.end_ns = 2'000'000'000;
  for (const double of : joules) {
    made.energy.push_back({.channel = static_cast<int>(made.energy.size()),
                           .gross = Joules{of},
                           .u_edge = Joules{u_edge}});
  }
  return made;
}

}  // namespace

TEST(CrossCheck, ComparesOneEnergyThroughTwoMeters) {
  const CrossChecks checks(std::vector{channel("perf/package-0", "package"),
                                       channel("perf/package-1", "package"),
                                       channel("msr/package-0", "package")});
  const auto found = checks.of(window({100, 50, 102.9}));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].channel, 0);
  EXPECT_EQ(found[0].other, 2);
  EXPECT_DOUBLE_EQ(found[0].ratio, 1.029);
  EXPECT_FALSE(found[0].disagrees);
  EXPECT_TRUE(checks.of(window({100, 50, 103.1}))[0].disagrees);
  EXPECT_FALSE(checks.of(window({100, 50, 97.1}))[0].disagrees);
  EXPECT_TRUE(checks.of(window({100, 50, 96.9}))[0].disagrees);
}

TEST(CrossCheck, AllowsWhatTheEdgesExplain) {
  const CrossChecks checks(
      std::vector{channel("perf/package-0", "package"), channel("msr/package-0", "package")});
  // Each known to 1 %: 3 % + 2 x 1.4 %.
  EXPECT_FALSE(checks.of(window({100, 105.7}, 1))[0].disagrees);
  EXPECT_TRUE(checks.of(window({100, 105.9}, 1))[0].disagrees);
}

TEST(CrossCheck, ComparesACounterWithTheIntegralOfItsPower) {
  std::vector channels{channel("nvml/gpu-0", "gpu"),
                       channel("nvml/gpu-0/power", "gpu", "nvml/gpu-0", Measure::power),
                       channel("nvml/gpu-0/power-average", "gpu", "nvml/gpu-0", Measure::power),
                       channel("nvml/gpu-0/sm-clock", "gpu", "nvml/gpu-0", Measure::frequency)};
  channels[2].averaging_window = Seconds{1};
  const CrossChecks checks(channels);
  const auto found = checks.of(window({600, 650, 900}));
  ASSERT_EQ(found.size(), 1u);  // half of the mean of a second in 2 s is of what was before
  EXPECT_EQ(found[0].other, 1);
  EXPECT_TRUE(found[0].disagrees);
  Window longer = window({600, 610, 900});
  longer.end_ns = 5'000'000'000;
  EXPECT_EQ(checks.of(longer).size(), 2u);
}

TEST(CrossCheck, ExpectsAWholeToCountNoLessThanItsParts) {
  const CrossChecks checks(std::vector{channel("perf/platform", "platform"),
                                       channel("perf/package-0", "package", "perf/platform"),
                                       channel("perf/package-1", "package", "perf/platform"),
                                       channel("perf/package-0/dram", "dram", "perf/platform"),
                                       channel("perf/package-0/core", "core", "perf/package-0")});
  auto found = checks.of(window({300, 100, 80, 20, 90}));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].other, -1);
  EXPECT_DOUBLE_EQ(found[0].ratio, 200.0 / 300);
  EXPECT_FALSE(found[0].disagrees);  // fans and supplies take the rest
  EXPECT_DOUBLE_EQ(found[1].ratio, 0.9);
  found = checks.of(window({300, 190, 100, 20, 90}));
  EXPECT_TRUE(found[0].disagrees);
}

TEST(CrossCheck, NeverMixesSources) {
  std::vector channels{channel("perf/package-0", "package"), channel("msr/package-0", "package")};
  channels[1].source = Source::simulated;
  EXPECT_TRUE(CrossChecks(channels).of(window({1, 2})).empty());
}

TEST(CrossCheck, KnowsNoRatioOfAChannelThatFailed) {
  const CrossChecks checks(
      std::vector{channel("perf/package-0", "package"), channel("msr/package-0", "package")});
  const auto found = checks.of(window({100, std::nan("")}));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(std::isnan(found[0].ratio));
  EXPECT_FALSE(found[0].disagrees);
}

TEST(CrossCheck, CountsDisagreementsOfWindowsThatCount) {
  Record record;
  for (const double ratio : {1.0, 1.05, 0.92, 3.0}) {
    Window& one = record.windows.emplace_back();
    one.checks = {{.channel = 0, .other = 1, .ratio = ratio, .disagrees = ratio != 1},
                  {.channel = 0, .other = -1, .ratio = 0.5, .disagrees = false}};
  }
  record.windows.back().invalid = kThrottled;
  std::vector<Disagreement> all;
  count_disagreements(record, all);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].windows, 3);
  EXPECT_EQ(all[0].disagreeing, 2);
  EXPECT_EQ(all[0].ratio_worst, 0.92);
  EXPECT_EQ(all[1].disagreeing, 0);
}

}  // namespace ergon
