#include "harness/simulate/replicate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/simulate/random.h"

namespace ergon {
namespace {

struct Cell {
  double period_s, window_share, lag_s, quantum, noise, net_share, launch_s;
  Measure measure;
};

Trial make_trial(const Cell& cell) {
  Trial trial;
  trial.sensor.measure = cell.measure;
  trial.sensor.period = Seconds{cell.period_s};
  trial.sensor.window = Seconds{cell.window_share * cell.period_s};
  trial.sensor.lag = Seconds{cell.lag_s};
  trial.sensor.quantum = cell.quantum;
  trial.sensor.noise = cell.noise;
  trial.sensor.jitter = 0.02;
  trial.machine.idle = Watts{(1 - cell.net_share) * 200};
  trial.machine.drift_per_s = 0.002 / 60;
  trial.load.power = Watts{cell.net_share * 200};
  trial.per_launch = Seconds{cell.launch_s};
  trial.gain_deviation = 0.025;
  return trial;
}

constexpr Cell kCells[] = {
    {0.02, 0.1, 0, 6e-5, 0.01, 0.3, 1e-6, Measure::energy},
    {0.02, 0.25, 0.01, 0.2, 0.1, 0.95, 1e-6, Measure::energy},
    {0.02, 1, 0.01, 1, 0.01, 0.6, 130e-6, Measure::power},
    {0.02, 10, 0, 6e-5, 0.1, 0.3, 37e-3, Measure::energy},
    {0.1, 0.25, 0.05, 1, 0.01, 0.3, 130e-6, Measure::energy},
    {0.1, 0.25, 0.05, 1e-3, 0.1, 0.6, 1e-6, Measure::power},
    {0.1, 1, 0.05, 1, 0.01, 0.95, 37e-3, Measure::power},
    {0.1, 1, 0, 1, 0.1, 0.6, 1, Measure::energy},
    {0.1, 10, 0.05, 1e-3, 0.01, 0.3, 1, Measure::power},
};

}  // namespace

// The reduced grid; ergon_protocol_proof prints the whole one. 300 replicates a cell: coverage
// scatters by 1.26 points about 92 at least and 98 at most, and four deviations are allowed.
TEST(Replicate, CoversTheTruthInEveryCell) {
  constexpr int kReplicates = 300;
  const Protocol protocol = *protocol_preset("fixed-power");
  for (std::size_t cell = 0; cell < std::size(kCells); ++cell) {
    SCOPED_TRACE(testing::Message() << "cell " << cell << ", seed " << cell);
    const Trial trial = make_trial(kCells[cell]);
    Random seeds(cell);
    int covered = 0;
    double bias = 0;
    for (int i = 0; i < kReplicates; ++i) {
      const Outcome outcome = replicate(trial, protocol, seeds.bits());
      ASSERT_FALSE(outcome.flagged);
      const double seen = outcome.truth.value * outcome.gain;
      covered += std::abs(outcome.estimate.value - seen) <= outcome.half_width.value ? 1 : 0;
      bias += (outcome.estimate.value / seen - 1) / kReplicates;
    }
    EXPECT_GE(100.0 * covered / kReplicates, 92 - 4 * 1.57);
    EXPECT_LE(100.0 * covered / kReplicates, 98 + 4 * 0.81);
    EXPECT_LT(std::abs(bias), 0.01);
  }
}

TEST(Replicate, GoesOnBeyondTheLeastWindowsWhereTheSensorIsNoisy) {
  const Protocol protocol = *protocol_preset("fixed-power");
  Trial trial = make_trial(kCells[1]);
  // A point may well stop at five windows that happen to agree; twenty points do not.
  const auto windows = [&] {
    int sum = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) sum += replicate(trial, protocol, seed).windows;
    return sum;
  };
  EXPECT_GT(windows(), 20 * 5);
  trial.sensor.noise = 0.001;
  EXPECT_EQ(windows(), 20 * 5);
}

TEST(Replicate, FlagsAPartTimeSensorThatALaunchKeepsStepWith) {
  const Protocol protocol = *protocol_preset("fixed-power");
  Trial trial = make_trial(kCells[4]);
  trial.load.swing = 0.8;
  trial.load.swing_period = trial.per_launch = Seconds{0.1};
  EXPECT_TRUE(replicate(trial, protocol, 1).flagged);
  trial.sensor.window = trial.sensor.period;
  EXPECT_FALSE(replicate(trial, protocol, 1).flagged);
}

TEST(Replicate, GivesTheSameOutcomeForTheSameSeed) {
  const Protocol protocol = *protocol_preset("fixed-power");
  const Trial trial = make_trial(kCells[5]);
  const Outcome a = replicate(trial, protocol, 7), b = replicate(trial, protocol, 7);
  EXPECT_EQ(a.estimate, b.estimate);
  EXPECT_EQ(a.half_width, b.half_width);
  EXPECT_NE(a.estimate, replicate(trial, protocol, 8).estimate);
}

// A launch of 1 s and a sensor that shows the mean of the last second: half of it is idle.
TEST(Replicate, NaivelyMissesWhatTheSensorHasNotShownYet) {
  Trial trial = make_trial(kCells[8]);
  double bias = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Outcome outcome = replicate_naively(trial, seed);
    bias += (outcome.estimate.value / (outcome.truth.value * outcome.gain) - 1) / 50;
  }
  EXPECT_LT(bias, -0.05);
}

}  // namespace ergon
