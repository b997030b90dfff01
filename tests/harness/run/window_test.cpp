#include "harness/run/window.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ergon {
namespace {

Channel channel(Measure measure, double period_s = 0, double window_s = 0) {
  Channel made;
  made.measure = measure;
  made.update_period = Seconds{period_s};
  made.averaging_window = Seconds{window_s};
  return made;
}

// Two edges 2 s apart, of channels that each used 100 J between them.
struct Edges {
  Edge begin, end;
  explicit Edges(std::size_t channels) {
    end.time_ns = 2'000'000'000;
    for (Edge* edge : {&begin, &end}) {
      edge->raw.resize(channels);
      edge->energy.assign(channels, Joules{edge == &end ? 100.0 : 0.0});
      edge->faults.resize(channels);
      edge->traces.resize(channels);
    }
  }
};

}  // namespace

TEST(EnergyBetween, StatesThePeakWithTheBandwidthOfTheReadings) {
  const Channel channels[] = {channel(Measure::power, 0.02)};
  Edges edges(1);
  edges.end.traces[0].max = 70;
  edges.end.traces[0].gap = Seconds{0.05};
  const auto energies = energy_between(channels, 0, edges.begin, edges.end);
  EXPECT_EQ(energies[0].peak.value, 70);
  EXPECT_DOUBLE_EQ(energies[0].peak_bandwidth.value, 10);  // a number each 50 ms
}

TEST(EnergyBetween, BoundsTheBandwidthByPeriodAndWindowOfTheSensor) {
  const Channel channels[] = {channel(Measure::power, 0.1), channel(Measure::power, 0.1, 1)};
  Edges edges(2);
  for (ChannelTrace& trace : edges.end.traces) trace.gap = Seconds{0.005};
  const auto energies = energy_between(channels, 0, edges.begin, edges.end);
  EXPECT_DOUBLE_EQ(energies[0].peak_bandwidth.value, 5);
  EXPECT_DOUBLE_EQ(energies[1].peak_bandwidth.value, 0.5);
}

TEST(EnergyBetween, HasNoPeakOfAChannelThatFailed) {
  const Channel channels[] = {channel(Measure::power)};
  Edges edges(1);
  edges.end.traces[0].max = 70;
  edges.end.faults[0] = kReadFailed;
  const auto energies = energy_between(channels, 0, edges.begin, edges.end);
  EXPECT_TRUE(std::isnan(energies[0].gross.value));
  EXPECT_TRUE(std::isnan(energies[0].peak.value));
  EXPECT_TRUE(std::isnan(energies[0].peak_bandwidth.value));
}

TEST(FaultsBetween, CallACounterOfAnyPeriodStaleThatCountedNothing) {
  std::vector<Channel> channels(4, channel(Measure::energy));
  channels[1].update_period = Seconds{0.1};
  channels[2].update_period = Seconds{1};  // 2 s are too short to tell
  channels[3].source = Source::simulated;  // a load that is told to draw nothing
  Edges edges(4);
  edges.end.energy = edges.begin.energy;
  const auto faults = [&](int i) { return faults_between(channels, i, edges.begin, edges.end); };
  EXPECT_EQ(faults(0), std::uint32_t{kStaleCounter});
  EXPECT_EQ(faults(1), std::uint32_t{kStaleCounter});
  EXPECT_EQ(faults(2), 0u);
  EXPECT_EQ(faults(3), 0u);
  EXPECT_EQ(faults(-1), 0u);
  EXPECT_TRUE(std::isnan(energy_between(channels, 0, edges.begin, edges.end)[0].gross.value));
}

TEST(StatesBetween, AreOfTheChannelsThatAreNoEnergy) {
  const Channel channels[] = {channel(Measure::energy), channel(Measure::temperature),
                              channel(Measure::duration), channel(Measure::flags)};
  Edges edges(4);
  edges.end.traces[1] = {.begin = 40, .end = 45, .min = 39, .max = 46, .mean = 43};
  edges.end.traces[2] = {.begin = 1, .end = 1.5, .min = 1, .max = 1.5, .mean = 1.25};
  edges.end.traces[3].flags = 0x24;
  const auto states = states_between(channels, edges.end);
  ASSERT_EQ(states.size(), 3u);
  EXPECT_EQ(states[0].channel, 1);
  EXPECT_EQ(states[0].begin, 40);
  EXPECT_EQ(states[0].end, 45);
  EXPECT_EQ(states[0].min, 39);
  EXPECT_EQ(states[0].max, 46);
  EXPECT_EQ(states[0].mean, 43);
  EXPECT_EQ(states[1].end - states[1].begin, 0.5);
  EXPECT_TRUE(std::isnan(states[1].mean));
  EXPECT_EQ(states[2].flags, 0x24u);
}

}  // namespace ergon
