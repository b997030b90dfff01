#include "harness/simulate/forecast.h"

#include <gtest/gtest.h>

#include "harness/record/record.h"

namespace ergon {
namespace {

// As NVIDIA's H100 shows power: each 100 ms, of the 25 ms before.
Trial part_time(Seconds per_launch) {
  Trial trial;
  trial.sensor.period = Seconds{0.1};
  trial.sensor.window = Seconds{0.025};
  trial.sensor.noise = 0.01;
  trial.sensor.jitter = 0.02;
  trial.load.power = Watts{150};
  trial.per_launch = per_launch;
  return trial;
}

}  // namespace

TEST(Forecast, SaysHowNarrowAndHowLongAPointWillBe) {
  const Protocol protocol = *protocol_preset("fixed-power");
  const Forecast forecast = forecast_point(part_time(Seconds{130e-6}), protocol, 9, 1);
  EXPECT_TRUE(forecast.told);
  EXPECT_EQ(forecast.windows, 5);
  EXPECT_GT(forecast.half_width, 0.001);
  EXPECT_LT(forecast.half_width, 0.01);
  EXPECT_GT(forecast.time.value, 5 * 2);  // five windows of twenty updates
  EXPECT_LT(forecast.time.value, protocol.point_max.value);
  EXPECT_GT(forecast.idle.value, 2 * protocol.idle.value);
}

TEST(Forecast, IsNoNumberForLaunchesInStepWithTheSensor) {
  const Protocol protocol = *protocol_preset("fixed-power");
  const Forecast forecast = forecast_point(part_time(Seconds{0.1}), protocol, 9, 1);
  EXPECT_FALSE(forecast.told);
  EXPECT_NE(forecast.faults & kPartTimeSensor, 0u);
}

}  // namespace ergon
