#include "harness/simulate/sensor.h"

#include <gtest/gtest.h>

namespace ergon {
namespace {

// 10 W, and 100 W more from 1 s on.
PowerTruth step_at_one() {
  PowerTruth truth({.idle = Watts{10}});
  truth.set_load(Seconds{1}, {.power = Watts{100}});
  return truth;
}

SensorModel power_sensor() {
  return {
      .measure = Measure::power, .period = Seconds{0.1}, .window = Seconds{0.1}, .quantum = 0.001};
}

}  // namespace

TEST(Sensor, ShowsTheMeanOfItsWindowUntilTheNextUpdate) {
  const PowerTruth truth = step_at_one();
  SensorModel model = power_sensor();
  model.window = Seconds{0.4};
  Sensor sensor(truth, model);
  EXPECT_EQ(sensor.read(Seconds{0.95}).raw, 10'000u);
  // The window of the update at 1.1 s holds 0.3 s at 10 W and 0.1 s at 110 W.
  EXPECT_NEAR(sensor.read(Seconds{1.1001}).raw, 35'000, 1);
  EXPECT_NEAR(sensor.read(Seconds{1.1999}).raw, 35'000, 1);
  EXPECT_NEAR(sensor.read(Seconds{1.2001}).raw, 60'000, 1);
}

TEST(Sensor, ShowsWhatWasItsLagAgo) {
  const PowerTruth truth = step_at_one();
  SensorModel model = power_sensor();
  model.lag = Seconds{0.05};
  Sensor sensor(truth, model);
  EXPECT_NEAR(sensor.read(Seconds{1.1001}).raw, 60'000, 1);  // 0.95 to 1.05 s
}

TEST(Sensor, CountsTheWindowItSeesForTheWholePeriod) {
  PowerTruth truth({.idle = Watts{0}});
  // High while the sensor looks (the last quarter of each period), low before.
  truth.set_load(Seconds{0.05}, {.power = Watts{100}, .swing = 1, .swing_period = Seconds{0.1}});
  Sensor sensor(truth, {.period = Seconds{0.1}, .window = Seconds{0.025}, .quantum = 1});
  const auto before = sensor.read(Seconds{1.0001}).raw;
  // 200 W x 0.1 s an update, where the truth is 10 J.
  EXPECT_NEAR(static_cast<double>(sensor.read(Seconds{2.0001}).raw - before), 200, 1);
  EXPECT_NEAR(truth.energy(Seconds{2.05}).value - truth.energy(Seconds{1.05}).value, 100, 1e-9);
}

TEST(Sensor, RoundsDownToItsQuantumAndWraps) {
  const PowerTruth truth({.idle = Watts{10}});
  Sensor sensor(truth, {.period = Seconds{0.1}, .window = Seconds{0.1}, .quantum = 3, .wrap = 4});
  // The update at 0 s counts 1 J of the time before; 1.9 J are in no step of 3 J yet.
  EXPECT_EQ(sensor.read(Seconds{0.15}).raw, 0u);
  EXPECT_EQ(sensor.read(Seconds{0.55}).raw, 2u);  // 6 J
  EXPECT_EQ(sensor.read(Seconds{1.35}).raw, 0u);  // 14 J: 4 steps
}

TEST(Sensor, MultipliesByItsGain) {
  const PowerTruth truth({.idle = Watts{10}});
  SensorModel model = power_sensor();
  model.gain = 1.05;
  Sensor sensor(truth, model);
  EXPECT_NEAR(sensor.read(Seconds{0.5}).raw, 10'500, 1);
}

}  // namespace ergon
