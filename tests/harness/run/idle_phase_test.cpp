#include "harness/run/idle_phase.h"

#include <gtest/gtest.h>

#include <memory>

#include "harness/meter/virtual_sampler.h"
#include "harness/simulate/machine.h"

namespace ergon {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

Protocol two_seconds() {
  Protocol protocol = protocol_presets()[0];
  protocol.idle = Seconds{2};
  return protocol;
}

// A machine that has run 100 W for a minute, and cools.
struct WarmMachine {
  VirtualClock clock, meter_clock;
  PowerTruth truth;
  std::unique_ptr<VirtualSampler> sampler;

  explicit WarmMachine(Seconds thermal_time)
      : truth({.idle = Watts{50}, .thermal_rise = 0.1, .thermal_time = thermal_time}) {
    truth.set_memory(Seconds{1000});
    std::vector<std::unique_ptr<Meter>> meters;
    meters.push_back(std::make_unique<SensorMeter>(
        meter_clock, truth, SensorModel{.period = Seconds{0.001}, .window = Seconds{0.001}}));
    sampler =
        std::make_unique<VirtualSampler>(clock, meter_clock, std::move(meters), Seconds{0.005});
    truth.set_load(Seconds{0}, {.power = Watts{100}});
    clock.wait_until(60 * kSecond);
    truth.set_load(Seconds{60}, {});
  }
  std::vector<Watts> idle_powers() {
    std::vector<Watts> powers;
    for (const IdleStretch& idle : measure_idle(clock, *sampler, two_seconds())) {
      const Seconds length{static_cast<double>(idle.end_ns - idle.begin_ns) * 1e-9};
      powers.push_back(idle.energy[0].gross / length);
    }
    return powers;
  }
  double seconds() { return static_cast<double>(clock.now_ns()) * 1e-9; }
};

}  // namespace

// 10 W leak at first; after four half-lives of 0.35 s each in the pause and the first stretches a
// line through four stretches falls no more.
TEST(MeasureIdle, WaitsUntilAWarmMachineIsIdle) {
  WarmMachine machine(Seconds{0.5});
  const std::vector<Watts> powers = machine.idle_powers();
  ASSERT_EQ(powers.size(), 4u);
  for (const Watts power : powers) EXPECT_NEAR(power.value, 50, 0.1);
  EXPECT_GT(machine.seconds(), 63);
}

TEST(MeasureIdle, WaitsNoLongerThanFourTimesForAMachineThatCoolsForHours) {
  WarmMachine machine(Seconds{10000});
  EXPECT_EQ(machine.idle_powers().size(), 4u);
  EXPECT_LT(machine.seconds(), 60 + 0.2 + 4 * 2.1);
}

TEST(MeasureIdle, MetersStretchesWithoutLaunches) {
  VirtualClock clock, meter_clock;
  const MeterType& type = *meter::named("simulated");
  MeterSite site{"/", {}, &meter_clock};
  for (const MeterOption& option : type.options) {
    site.options[std::string(option.name)] = option.fallback;
  }
  site.options["watts"] = 8;
  std::string why_not;
  std::vector<std::unique_ptr<Meter>> meters;
  meters.push_back(type.open(site, why_not));
  VirtualSampler sampler(clock, meter_clock, std::move(meters), Seconds{0.005});
  const auto stretches = measure_idle(clock, sampler, two_seconds());
  ASSERT_EQ(stretches.size(), 4u);
  for (const IdleStretch& idle : stretches) {
    EXPECT_EQ(idle.invalid, 0u);
    EXPECT_GE(idle.end_ns - idle.begin_ns, kSecond / 2 - 50'000);
    const double seconds = static_cast<double>(idle.end_ns - idle.begin_ns) * 1e-9;
    EXPECT_NEAR(idle.energy[0].gross.value / seconds, 8, 8 * 200e-6);
  }
}

}  // namespace ergon
