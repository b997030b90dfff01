#include "harness/meter/square_wave.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/simulate/machine.h"
#include "harness/simulate/switched_load.h"

namespace ergon {
namespace {

// Of a load that draws 400 W above 100 W of idle.
SquareWave see(Measure measure, double period_s, double window_share, std::uint64_t seed = 1) {
  VirtualClock clock;
  PowerTruth truth(PowerTruth::Machine{.idle = Watts{100}});
  SensorModel model;
  model.measure = measure;
  model.period = Seconds{period_s};
  model.window = Seconds{window_share * period_s};
  model.lag = Seconds{0.01};
  model.noise = 0.005;
  model.phase = 0.37;
  model.seed = seed;
  truth.set_memory(10 * (model.period + model.window + model.lag));
  SimulatedSwitchedLoad load(clock, truth, Watts{400});
  SensorMeter meter(clock, truth, model);
  return square_wave(clock, meter, 0, load);
}

TEST(SquareWave, FindsACounterThatLooksAQuarterOfTheTime) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const SquareWave wave = see(Measure::energy, 0.1, 0.25, seed);
    EXPECT_TRUE(wave.part_time) << wave.verdict;
    EXPECT_NEAR(wave.period.value, 0.1, 0.002);
    // From none of the load to all of it, about a mean of 200 W.
    EXPECT_GT(wave.spread, 1) << wave.verdict;
  }
}

TEST(SquareWave, FindsACounterThatSeesAllOfIt) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const SquareWave wave = see(Measure::energy, 0.1, 1, seed);
    EXPECT_FALSE(wave.part_time) << wave.verdict;
    ASSERT_EQ(wave.by_phase.size(), 8u);
    for (const Watts power : wave.by_phase) EXPECT_NEAR(power.value, 200, 8) << wave.verdict;
  }
}

TEST(SquareWave, TakesPowerAsItIs) {
  EXPECT_TRUE(see(Measure::power, 0.1, 0.25).part_time);
  EXPECT_FALSE(see(Measure::power, 0.1, 1).part_time);
  EXPECT_TRUE(see(Measure::power, 0.02, 0.25).part_time);
}

TEST(SquareWave, SaysWhyItCannotTell) {
  const SquareWave slow = see(Measure::energy, 2, 1);
  EXPECT_TRUE(std::isnan(slow.spread));
  EXPECT_NE(slow.verdict.find("too few new numbers"), std::string::npos);
  const SquareWave quick = see(Measure::energy, 0.002, 1);
  EXPECT_TRUE(std::isnan(quick.spread));
  EXPECT_NE(quick.verdict.find("faster than a load"), std::string::npos);
}

}  // namespace
}  // namespace ergon
