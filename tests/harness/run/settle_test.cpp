#include "harness/run/settle.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "harness/meter/virtual_sampler.h"
#include "harness/simulate/machine.h"

namespace ergon {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// 100 W counted in millijoules every 10 ms, and a clock that comes down from 3 GHz to 2.4 with a
// time constant.
class ClockedMeter final : public Meter {
 public:
  ClockedMeter(Clock& clock, double time_constant_s)
      : clock_(clock), time_constant_s_(time_constant_s) {
    channels_[0].name = "test/energy";
    channels_[0].scale = 1e-3;
    channels_[0].update_period = Seconds{0.01};
    channels_[1].name = "test/clock";
    channels_[1].measure = Measure::frequency;
    channels_[1].scale = 1e6;
    channels_[2].name = "test/flags";
    channels_[2].measure = Measure::flags;
  }
  std::span<const Channel> channels() const override { return channels_; }
  void read(std::span<Reading> readings) noexcept override {
    const std::int64_t now_ns = clock_.now_ns();
    readings[0].raw = static_cast<std::uint64_t>(now_ns / 10'000'000 * 1000);
    const double above = std::exp(-static_cast<double>(now_ns) * 1e-9 / time_constant_s_);
    readings[1].raw = static_cast<std::uint64_t>(2400 + 600 * above);
    readings[2].raw = static_cast<std::uint64_t>(now_ns);
  }

 private:
  Clock& clock_;
  double time_constant_s_;
  Channel channels_[3];
};

// What settling comes to on a machine with a thermal rise, seen by a sensor.
struct Warming {
  VirtualClock clock, meter_clock;
  PowerTruth truth;
  SimulatedLoad load;
  std::unique_ptr<VirtualSampler> sampler;
  BlindWatch watch;
  Protocol protocol = protocol_presets()[0];
  std::int64_t deadline_ns = 1000 * kSecond;

  Warming(double rise, double time_constant_s)
      : truth({.idle = Watts{50}, .thermal_rise = rise, .thermal_time = Seconds{time_constant_s}}),
        load(clock, truth, Seconds{20e-6}, {.power = Watts{150}}) {
    see({.period = Seconds{0.02}, .window = Seconds{0.02}});
  }
  void see(const SensorModel& sensor) {
    std::vector<std::unique_ptr<Meter>> meters;
    meters.push_back(std::make_unique<SensorMeter>(meter_clock, truth, sensor));
    use(std::move(meters));
  }
  void use(std::vector<std::unique_ptr<Meter>> meters) {
    sampler =
        std::make_unique<VirtualSampler>(clock, meter_clock, std::move(meters), Seconds{0.005});
  }
  Settling run() {
    const Rig rig{load, clock, *sampler, watch};
    RunningLoad running(rig, Seconds{20e-6});
    return settle(running, rig, protocol, deadline_ns);
  }
};

}  // namespace

TEST(Settle, TakesTheLeastTimeWhereAllIsFlat) {
  Warming warming(0, 1);
  const Settling settling = warming.run();
  EXPECT_EQ(settling.watched, "time,power");
  EXPECT_EQ(settling.restless, "");
  EXPECT_NEAR(settling.time.value, 3, 0.2);
}

// Leakage grows power by 15 % with a time constant of 2 s: half a percent a second is left of it
// 5.2 s after the start, in the middle of the span that shows it.
TEST(Settle, WaitsUntilPowerIsFlat) {
  Warming warming(0.2, 2);
  const Settling settling = warming.run();
  EXPECT_EQ(settling.restless, "");
  EXPECT_GT(settling.time.value, 6);
  EXPECT_LT(settling.time.value, 10);
}

TEST(Settle, SaysWhatWasNotFlatWhenItsTimeWasOver) {
  Warming warming(0.5, 60);
  warming.protocol.settle_max = Seconds{8};
  const Settling settling = warming.run();
  EXPECT_EQ(settling.restless, "power");
  EXPECT_NEAR(settling.time.value, 8, 0.6);
}

TEST(Settle, WatchesClocksAndTemperaturesThatTheMetersHave) {
  for (const double time_constant_s : {0.01, 2.0, 20.0}) {
    Warming warming(0, 1);
    std::vector<std::unique_ptr<Meter>> meters;
    meters.push_back(std::make_unique<ClockedMeter>(warming.meter_clock, time_constant_s));
    warming.use(std::move(meters));
    warming.protocol.settle_max = Seconds{12};
    const Settling settling = warming.run();
    EXPECT_EQ(settling.watched, "time,power,test/clock");
    EXPECT_EQ(settling.restless, time_constant_s > 10 ? "test/clock" : "");
    if (time_constant_s < 1) {
      EXPECT_NEAR(settling.time.value, 3, 0.2);
    } else {
      EXPECT_GT(settling.time.value, 5);
    }
  }
}

TEST(Settle, IsNotKeptByNoise) {
  Warming warming(0, 1);
  warming.see({.period = Seconds{0.02}, .window = Seconds{0.02}, .noise = 0.1});
  const Settling settling = warming.run();
  EXPECT_EQ(settling.restless, "");
  EXPECT_LT(settling.time.value, 6);
}

TEST(Settle, IsScaledToAShorterSpan) {
  Warming warming(0, 1);
  warming.protocol = *protocol_preset("quick");
  EXPECT_NEAR(warming.run().time.value, 0.25, 0.05);
  Warming rising(0.5, 0.5);  // 18 % of 225 W within half a second
  rising.protocol = *protocol_preset("quick");
  EXPECT_EQ(rising.run().restless, "power");
}

TEST(Settle, OutlastsWhatASlowSensorRemembers) {
  Warming warming(0, 1);
  warming.see({.period = Seconds{1}, .window = Seconds{1}, .lag = Seconds{0.5}});
  const Settling settling = warming.run();
  EXPECT_EQ(settling.restless, "");
  // 2.5 s until idle is forgotten, an update to begin with, six to see.
  EXPECT_NEAR(settling.time.value, 9.5, 1.5);
}

TEST(Settle, EndsAtTheDeadline) {
  Warming warming(0, 1);
  warming.deadline_ns = kSecond;
  const Settling settling = warming.run();
  EXPECT_EQ(settling.restless, "time,power");  // too short to tell
  EXPECT_NEAR(settling.time.value, 1, 0.6);
}

TEST(Settle, WatchesNothingWhereTheProtocolAllowsNoTime) {
  Warming warming(0, 1);
  warming.protocol.settle_max = Seconds{0};
  const Settling settling = warming.run();
  EXPECT_EQ(settling.watched, "");
  EXPECT_EQ(settling.restless, "");
}

}  // namespace ergon
