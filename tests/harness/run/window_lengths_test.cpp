#include "harness/run/window_lengths.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "harness/meter/virtual_sampler.h"
#include "harness/record/launch_slope.h"
#include "harness/run/measure.h"
#include "harness/simulate/machine.h"

namespace ergon {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// A sensor of this period on a machine that draws 200 W while it launches, 20 us a launch.
struct Machine {
  VirtualClock clock, meter_clock;
  PowerTruth truth;
  SimulatedLoad load;
  std::unique_ptr<VirtualSampler> sampler;
  BlindWatch watch;

  explicit Machine(const SensorModel& sensor)
      : truth({.idle = Watts{50}}), load(clock, truth, Seconds{20e-6}, {.power = Watts{150}}) {
    std::vector<std::unique_ptr<Meter>> meters;
    meters.push_back(std::make_unique<SensorMeter>(meter_clock, truth, sensor));
    sampler =
        std::make_unique<VirtualSampler>(clock, meter_clock, std::move(meters), Seconds{0.01});
  }
};

using Lengths = std::vector<std::int64_t>;

Lengths lengths_ms(const WindowLengths& lengths) {
  Lengths found;
  for (int i = 0; i < 6; ++i) found.push_back(std::llround(lengths.length(i).value * 1e3));
  return found;
}

}  // namespace

TEST(WindowLengths, AreThreeForLaunchesShorterThanAnUpdate) {
  const Machine machine({.period = Seconds{0.1}});
  const Protocol protocol = protocol_presets()[0];
  const WindowLengths lengths(protocol, *machine.sampler, Seconds{0.05});
  EXPECT_EQ(lengths_ms(lengths), (Lengths{2000, 1000, 4000, 2000, 1000, 2000}));
  EXPECT_NEAR(lengths.length_min(1).value, 0.95, 1e-12);
}

TEST(WindowLengths, AreOneForLongLaunchesAndWhereOneIsAskedFor) {
  const Machine machine({.period = Seconds{0.1}});
  Protocol protocol = protocol_presets()[0];
  const Lengths one(6, 2000);
  EXPECT_EQ(lengths_ms({protocol, *machine.sampler, Seconds{0.1}}), one);
  protocol.window_lengths = 1;
  EXPECT_EQ(lengths_ms({protocol, *machine.sampler, Seconds{0.05}}), one);
}

TEST(WindowLengths, KeepTheLeastLengthOfTheProtocol) {
  const Machine machine({.period = Seconds{0.001}});
  const WindowLengths lengths(protocol_presets()[0], *machine.sampler, Seconds{20e-6});
  EXPECT_EQ(lengths_ms(lengths), (Lengths{1000, 500, 2000, 1000, 500, 1000}));
}

// Windows of three lengths, sequential stopping on: the mean of them and the slope through them
// each cover what a launch really costs. 200 replicates are sure to 1.6 %.
TEST(WindowLengths, LeaveMeanAndSlopeTheirCoverage) {
  int means = 0, slopes = 0, intercepts = 0;
  constexpr int kReplicates = 200;
  for (std::uint64_t seed = 1; seed <= kReplicates; ++seed) {
    Machine machine({.period = Seconds{0.02},
                     .window = Seconds{0.02},
                     .noise = 0.05,
                     .jitter = 0.02,
                     .phase = static_cast<double>(seed) / kReplicates,
                     .seed = seed});
    Protocol protocol = protocol_presets()[0];
    protocol.window_min = Seconds{0.2};
    const EnergyPhase phase =
        measure_energy({machine.load, machine.clock, *machine.sampler, machine.watch}, protocol,
                       Seconds{20e-6}, 300 * kSecond);
    constexpr double kTruth = 200 * 20e-6;
    const Channel& channel = machine.sampler->channels()[0];
    const LaunchIntervals mean = launch_intervals(phase.windows, 0, channel, {}, Seconds{0.01});
    const LaunchSlope slope = launch_slope(phase.windows, 0);
    means += std::abs(mean.gross.value - kTruth) <= mean.gross.half_width ? 1 : 0;
    slopes += std::abs(slope.slope.value - kTruth) <= slope.slope.half_width ? 1 : 0;
    intercepts += std::abs(slope.intercept.value) <= slope.intercept.half_width ? 1 : 0;
  }
  EXPECT_GE(means, 0.91 * kReplicates);
  EXPECT_GE(slopes, 0.91 * kReplicates);
  EXPECT_GE(intercepts, 0.91 * kReplicates);
}

}  // namespace ergon
