#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <numbers>

#include "harness/meter/meter.h"

namespace ergon {
namespace {

std::unique_ptr<Meter> open(VirtualClock& clock, std::map<std::string, double> options,
                            std::string& why_not) {
  const MeterType& type = *meter::named("simulated");
  for (const MeterOption& option : type.options) {
    options.try_emplace(std::string(option.name), option.fallback);
  }
  return type.open({"/", options, &clock}, why_not);
}

double joules(Meter& meter) {
  Reading reading;
  meter.read({&reading, 1});
  return static_cast<double>(reading.raw) * meter.channels()[0].scale;
}

}  // namespace

TEST(Simulated, IntegratesItsPowerExactly) {
  VirtualClock clock;
  std::string why_not;
  const auto meter = open(
      clock, {{"watts", 100}, {"amplitude_watts", 40}, {"period_s", 2}, {"update_period_s", 0}},
      why_not);
  clock.advance(1'000'000'000);  // half a sine: 100 J + 40 W x 2 s / pi
  EXPECT_NEAR(joules(*meter), 100 + 80 / std::numbers::pi, 1e-6);
  clock.advance(1'000'000'000);  // a whole one adds nothing
  EXPECT_NEAR(joules(*meter), 200, 1e-6);
}

TEST(Simulated, StepsAtItsPeriod) {
  VirtualClock clock;
  std::string why_not;
  const auto meter = open(clock, {{"watts", 100}, {"update_period_s", 0.1}}, why_not);
  clock.advance(199'000'000);
  EXPECT_NEAR(joules(*meter), 10, 1e-6);
  clock.advance(1'000'000);
  EXPECT_NEAR(joules(*meter), 20, 1e-6);
  EXPECT_EQ(meter->channels()[0].update_period.value, 0.1);
}

TEST(Simulated, WrapsWhereTold) {
  VirtualClock clock;
  std::string why_not;
  const auto meter =
      open(clock, {{"watts", 100}, {"update_period_s", 0}, {"wrap_joules", 30}}, why_not);
  clock.advance(500'000'000);
  EXPECT_NEAR(joules(*meter), 20, 1e-6);
  EXPECT_EQ(meter->channels()[0].wrap, 30'000'000u);
}

TEST(Simulated, IsMarkedAsSuch) {
  VirtualClock clock;
  std::string why_not;
  EXPECT_EQ(open(clock, {}, why_not)->channels()[0].source, Source::simulated);
}

TEST(Simulated, RefusesEnergyThatWouldRunBackwards) {
  VirtualClock clock;
  std::string why_not;
  EXPECT_EQ(open(clock, {{"watts", 10}, {"amplitude_watts", 11}}, why_not), nullptr);
  EXPECT_EQ(why_not,
            "simulated: amplitude_watts is not between 0 and watts, so energy would run backwards; "
            "give a smaller one");
}

}  // namespace ergon
