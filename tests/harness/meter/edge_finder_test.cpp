#include "harness/meter/edge_finder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "harness/record/record.h"
#include "tests/harness/meter/driven_finder.h"

namespace ergon {
namespace {

Channel channel(const char* name, Measure measure, double period_s) {
  Channel made;
  made.name = name;
  made.measure = measure;
  made.scale = 1e-3;
  made.update_period = Seconds{period_s};
  return made;
}

// 10 W in mJ, stepping every 20 ms.
Reading stepping(std::int64_t now_ns) {
  return {.raw = static_cast<std::uint64_t>(now_ns / 20'000'000 * 200)};
}

// That found an edge a second after its start: a channel of energy, and a meter with one of power
// and one of temperature.
EdgeFinder find_after_a_second(Driven& driven) {
  driven.add_meter().add(channel("a", Measure::energy, 0), stepping);
  FunctionMeter& other = driven.add_meter();
  other.add(channel("b", Measure::power, 0), stepping);
  other.add(channel("c", Measure::temperature, 0), stepping);
  EdgeFinder finder = driven.finder();
  while (finder.next_ns() < 1'000'000'000) driven.find(finder, 1);
  finder.seek(driven.clock.now_ns());
  EXPECT_TRUE(driven.find(finder));
  return finder;
}

}  // namespace

TEST(EdgeFinder, StampsTheUpdateBetweenTwoLooks) {
  Driven driven;
  driven.add_meter().add(channel("a", Measure::energy, 0.02), stepping);
  EdgeFinder finder = driven.finder();
  driven.clock.wait_until(50'300'000);
  finder.seek(driven.clock.now_ns());
  ASSERT_TRUE(driven.find(finder));
  EXPECT_NEAR(static_cast<double>(finder.edge().time_ns), 60e6, 0.5e6);  // the next step
  EXPECT_EQ(finder.edge().slack_ns, 500'000);                            // looks are 1 ms apart
  EXPECT_EQ(finder.edge().raw[0], 600u);
  EXPECT_EQ(finder.edge().faults[0], 0u);
}

TEST(EdgeFinder, TrustsTheSourcesOwnStamp) {
  Driven driven;
  driven.add_meter().add(channel("a", Measure::energy, 0.02), [](std::int64_t now_ns) {
    Reading reading = stepping(now_ns);
    reading.time_ns = now_ns / 20'000'000 * 20'000'000 + 1;
    return reading;
  });
  EdgeFinder finder = driven.finder();
  driven.clock.wait_until(50'300'000);
  finder.seek(driven.clock.now_ns());
  ASSERT_TRUE(driven.find(finder));
  EXPECT_EQ(finder.edge().time_ns, 60'000'001);
  EXPECT_EQ(finder.edge().slack_ns, 0);
}

TEST(EdgeFinder, NeedsOneLookWhereEveryReadIsNew) {
  Driven driven;
  driven.add_meter().add(channel("a", Measure::energy, 0), stepping);
  EdgeFinder finder = driven.finder();
  driven.find(finder, 1);
  driven.reads = 0;
  finder.seek(driven.clock.now_ns());
  ASSERT_TRUE(driven.find(finder, 1));
  EXPECT_EQ(driven.reads, 1);
}

TEST(EdgeFinder, GivesUpAfterThreePeriods) {
  Driven driven;
  driven.add_meter().add(channel("a", Measure::energy, 0.02),
                         [](std::int64_t) { return Reading{.raw = 7}; });
  EdgeFinder finder = driven.finder();
  finder.seek(0);
  ASSERT_TRUE(driven.find(finder));
  EXPECT_NEAR(static_cast<double>(driven.clock.now_ns()), 60e6, 2e6);
  EXPECT_EQ(finder.edge().faults[0], kStaleCounter);
}

TEST(EdgeFinder, DoesNotCallConstantPowerStale) {
  Driven driven;
  driven.add_meter().add(channel("a", Measure::power, 0.02),
                         [](std::int64_t) { return Reading{.raw = 7000}; });
  EdgeFinder finder = driven.finder();
  driven.clock.wait_until(1'000'000'000);
  finder.seek(driven.clock.now_ns());
  ASSERT_TRUE(driven.find(finder));
  EXPECT_EQ(finder.edge().faults[0], 0u);
  EXPECT_EQ(finder.edge().slack_ns, 10'000'000);  // half a period
}

TEST(EdgeFinder, KeepsFaultsOfChannelsApartAndReportsThemOnce) {
  Driven driven;
  driven.add_meter().add(channel("a", Measure::energy, 0), stepping);
  driven.add_meter().add(channel("b", Measure::energy, 0.02), [](std::int64_t now_ns) {
    return now_ns < 1'000'000 ? Reading{.error = 5} : stepping(now_ns);
  });
  EdgeFinder finder = driven.finder();
  finder.seek(0);
  ASSERT_TRUE(driven.find(finder));
  EXPECT_EQ(finder.edge().faults[0], 0u);
  EXPECT_EQ(finder.edge().faults[1], kReadFailed);
  driven.clock.wait_until(2'000'000);
  finder.seek(driven.clock.now_ns());
  ASSERT_TRUE(driven.find(finder));
  EXPECT_EQ(finder.edge().faults[1], 0u);
}

TEST(EdgeFinder, IntegratesPowerWhileNoEdgeIsWanted) {
  Driven driven;
  driven.add_meter().add(channel("a", Measure::energy, 0), stepping);
  // 10 W, and 30 W in the second half of every second.
  driven.add_meter().add(channel("b", Measure::power, 0.001), [](std::int64_t now_ns) {
    return Reading{.raw = now_ns % 1'000'000'000 < 500'000'000 ? 10'000u : 30'000u};
  });
  EdgeFinder finder = driven.finder();
  while (finder.next_ns() < 4'000'000'000) driven.find(finder, 1);
  driven.clock.wait_until(4'000'000'000);
  finder.seek(driven.clock.now_ns());
  ASSERT_TRUE(driven.find(finder));
  EXPECT_NEAR(finder.edge().energy[1].value, 80, 0.5);  // read every 5 ms
  EXPECT_NEAR(driven.reads, 800, 20);                   // of b alone: each meter has its own rate
}

TEST(EdgeFinder, ReadsOftenEnoughThatNoCounterWrapsTwice) {
  Driven driven;
  Channel wrapping = channel("a", Measure::energy, 0);
  wrapping.wrap = 200'000;  // 200 J at 1000 W: read every 0.1 s
  driven.add_meter().add(wrapping, [](std::int64_t now_ns) {
    return Reading{.raw = static_cast<std::uint64_t>(now_ns / 1'000) % 200'000};
  });
  EdgeFinder finder = driven.finder();
  while (finder.next_ns() < 10'000'000'000) driven.find(finder, 1);
  driven.clock.wait_until(10'000'000'000);
  finder.seek(driven.clock.now_ns());
  ASSERT_TRUE(driven.find(finder));
  EXPECT_NEAR(finder.edge().energy[0].value, 10'000, 1e-6);
  EXPECT_EQ(finder.edge().faults[0], 0u);
}

TEST(EdgeFinder, TracesACounterAtTheRateAskedFor) {
  Driven driven;
  // 1 kW in mJ, and 2 kW from 5.0 s to 5.1 s.
  driven.add_meter().add(channel("a", Measure::energy, 0.001), [](std::int64_t now_ns) {
    const std::int64_t more_ns = std::clamp<std::int64_t>(now_ns - 5'000'000'000, 0, 100'000'000);
    return Reading{.raw = static_cast<std::uint64_t>((now_ns + more_ns) / 1'000'000 * 1000)};
  });
  EdgeFinder finder = driven.finder({.power = {1}, .energy = {0.1}});
  while (finder.next_ns() < 9'000'000'000) driven.find(finder, 1);
  finder.seek(driven.clock.now_ns());
  ASSERT_TRUE(driven.find(finder));
  EXPECT_NEAR(finder.edge().traces[0].max, 2000, 30);  // an update of 1 ms either side
  EXPECT_NEAR(finder.edge().traces[0].min, 1000, 30);
  EXPECT_NEAR(finder.edge().traces[0].gap.value, 0.1, 0.002);
}

TEST(EdgeFinder, TotalsWhatEachChannelCounted) {
  Driven driven;
  EdgeFinder finder = find_after_a_second(driven);
  std::vector<ChannelTotals> totals(3);
  finder.copy_totals(totals);
  for (const std::size_t i : {0u, 1u}) {
    EXPECT_EQ(totals[i].energy.value, finder.edge().energy[i].value);
    EXPECT_GT(totals[i].energy.value, 0);
    EXPECT_NEAR(totals[i].span.value, 1, 0.02);
  }
  EXPECT_TRUE(std::isnan(totals[2].energy.value));
  EXPECT_TRUE(std::isnan(totals[2].span.value));
}

TEST(EdgeFinder, CountsTheReadingsOfEachMeter) {
  Driven driven;
  EdgeFinder finder = find_after_a_second(driven);
  std::vector<ChannelTotals> costs(3);
  finder.copy_totals(costs);
  EXPECT_EQ(costs[0].reads, 2);  // at the start, and at the edge
  EXPECT_NEAR(static_cast<double>(costs[1].reads), 200, 3);
  EXPECT_EQ(costs[1].reads, costs[2].reads);
  EXPECT_EQ(costs[0].reads + costs[1].reads, driven.reads);
}

TEST(EdgeFinder, TakesTheFirstEnergyOrPowerChannelForPrimary) {
  Driven driven;
  driven.add_meter().add(channel("warm", Measure::temperature, 0), stepping);
  driven.add_meter().add(channel("a", Measure::power, 0), stepping);
  EXPECT_EQ(driven.finder().primary(), 1);
}

TEST(EdgeFinder, HasNoEnergyForATemperature) {
  Driven driven;
  FunctionMeter& meter = driven.add_meter();
  meter.add(channel("a", Measure::energy, 0), stepping);
  meter.add(channel("warm", Measure::temperature, 0),
            [](std::int64_t) { return Reading{.raw = 40'000}; });
  EdgeFinder finder = driven.finder();
  finder.seek(0);
  ASSERT_TRUE(driven.find(finder));
  EXPECT_TRUE(std::isnan(finder.edge().energy[1].value));
  EXPECT_EQ(finder.edge().raw[1], 40'000u);
}

}  // namespace ergon
