#include "harness/meter/accumulator.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/record/record.h"

namespace ergon {
namespace {

Channel counter(std::uint64_t wrap) {
  Channel channel;
  channel.measure = Measure::energy;
  channel.scale = 1e-6;
  channel.wrap = wrap;
  return channel;
}

Channel power() {
  Channel channel;
  channel.measure = Measure::power;
  channel.scale = 1e-3;
  return channel;
}

}  // namespace

TEST(Accumulator, IsExactAtEveryPhaseOfTheWrap) {
  constexpr std::uint64_t kWrap = 1'000'003;
  constexpr std::uint64_t kStep = 123'456;
  for (std::uint64_t phase = 0; phase < kWrap; phase += 97) {  // 10,310 phases
    Accumulator accumulator(counter(kWrap));
    std::uint64_t total = phase;
    for (int i = 0; i <= 20; ++i, total += kStep) {
      ASSERT_EQ(accumulator.add({.raw = total % kWrap}, i), 0u) << phase;
    }
    ASSERT_DOUBLE_EQ(accumulator.energy().value, 20 * kStep * 1e-6) << phase;
  }
}

TEST(Accumulator, TakesTheRangeItselfForTheLastCountBeforeZero) {
  Accumulator accumulator(counter(1000));
  EXPECT_EQ(accumulator.add({.raw = 1000}, 0), 0u);
  EXPECT_EQ(accumulator.add({.raw = 7}, 1), 0u);
  EXPECT_DOUBLE_EQ(accumulator.energy().value, 7e-6);
}

TEST(Accumulator, CallsAStepBackOnEitherSideOfZeroBackward) {
  Accumulator accumulator(counter(1'000'000));
  accumulator.add({.raw = 500'000}, 0);
  EXPECT_EQ(accumulator.add({.raw = 499'990}, 1), kBackwardCounter);
  Accumulator near_zero(counter(1'000'000));
  near_zero.add({.raw = 5}, 0);
  EXPECT_EQ(near_zero.add({.raw = 999'995}, 1), kBackwardCounter);
}

TEST(Accumulator, GoesOnFromWhereACounterWasReset) {
  Accumulator accumulator(counter(0));
  accumulator.add({.raw = 1'000'000}, 0);
  EXPECT_EQ(accumulator.add({.raw = 10}, 1), kBackwardCounter);
  EXPECT_EQ(accumulator.add({.raw = 30}, 2), 0u);
  EXPECT_DOUBLE_EQ(accumulator.energy().value, 20e-6);
}

TEST(Accumulator, TakesNoResetForAWrapWhateverThePhase) {
  constexpr std::uint64_t kRange = 262'143'328'850;  // uJ, as of a package in units of 2^-14 J
  // After 1 s and late updates a package can have drawn 1010 J; the last 1010 J cannot be told.
  constexpr std::uint64_t kBlind = 1'010'000'000;
  for (std::uint64_t phase = 1'000'000; phase < kRange - kBlind; phase += kRange / 10'100) {
    Accumulator accumulator(counter(kRange));
    accumulator.add({.raw = phase}, 0);
    ASSERT_EQ(accumulator.add({.raw = 200'000}, 1'000'000'000), kBackwardCounter) << phase;
    ASSERT_EQ(accumulator.add({.raw = 300'000}, 1'001'000'000), 0u);
    ASSERT_DOUBLE_EQ(accumulator.energy().value, 0.1);
  }
}

TEST(Accumulator, AllowsAWrapTheTimeSinceTheCounterMoved) {
  Channel slow = counter(1'000'000'000);  // 1 kJ
  slow.update_period = Seconds{1};
  const auto wraps_after = [&](std::int64_t seconds, std::uint64_t joules) {
    Accumulator accumulator(slow);
    accumulator.add({.raw = 999'000'000}, 0);
    // Looks at a counter that does not move allow it no less.
    for (std::int64_t i = 1; i < seconds; ++i) {
      accumulator.add({.raw = 999'000'000}, i * 1'000'000'000);
    }
    return accumulator.add({.raw = (999 + joules - 1000) * 1'000'000}, seconds * 1'000'000'000);
  };
  EXPECT_EQ(wraps_after(1, 400), 0u);
  slow.scale = 1e-5;  // ten times the energy: 4 kJ within 1 s and three periods, then more
  EXPECT_EQ(wraps_after(1, 399), 0u);
  EXPECT_EQ(wraps_after(1, 401), kBackwardCounter);
  EXPECT_EQ(wraps_after(2, 401), 0u);
}

TEST(Accumulator, AllowsANodeMoreThanAPackage) {
  for (const auto& [domain, faults] :
       {std::pair("package", std::uint32_t{kBackwardCounter}), std::pair("node", 0u)}) {
    Channel channel = counter(1'000'000'000'000);
    channel.domain = domain;
    Accumulator accumulator(channel);
    accumulator.add({.raw = 999'999'000'000}, 0);
    EXPECT_EQ(accumulator.add({.raw = 4'000'000'000}, 1'000'000'000), faults) << domain;
  }
}

TEST(Accumulator, FaultsAReadingBeyondTheRange) {
  Accumulator accumulator(counter(1000));
  accumulator.add({.raw = 900}, 0);
  EXPECT_EQ(accumulator.add({.raw = 1200}, 1), kBackwardCounter);
}

TEST(Accumulator, PassesOverAFailedReading) {
  Accumulator accumulator(counter(0));
  accumulator.add({.raw = 100}, 0);
  EXPECT_EQ(accumulator.add({.raw = 0, .error = 5}, 1), kReadFailed);
  EXPECT_EQ(accumulator.add({.raw = 150}, 2), 0u);
  EXPECT_DOUBLE_EQ(accumulator.energy().value, 50e-6);
}

TEST(Accumulator, HandsOnWhatTheSourceTells) {
  Accumulator accumulator(counter(0));
  accumulator.add({.raw = 100}, 0);
  EXPECT_EQ(accumulator.add({.raw = 150, .faults = kThrottled}, 1), kThrottled);
  EXPECT_DOUBLE_EQ(accumulator.energy().value, 50e-6);
}

TEST(Accumulator, IntegratesPowerByTrapezoids) {
  Accumulator accumulator(power());
  accumulator.add({.raw = 10'000}, 0);              // 10 W
  accumulator.add({.raw = 30'000}, 2'000'000'000);  // 30 W after 2 s: 40 J
  accumulator.add({.raw = 30'000}, 2'500'000'000);  // 15 J
  EXPECT_DOUBLE_EQ(accumulator.energy().value, 55);
}

TEST(Accumulator, PrefersTheSourcesOwnTimeStamp) {
  Accumulator accumulator(power());
  accumulator.add({.raw = 10'000, .time_ns = 1'000'000'000}, 1'100'000'000);
  accumulator.add({.raw = 10'000, .time_ns = 3'000'000'000}, 3'900'000'000);
  EXPECT_DOUBLE_EQ(accumulator.energy().value, 20);
}

TEST(Accumulator, HasNoEnergyForATemperature) {
  Channel channel;
  channel.measure = Measure::temperature;
  Accumulator accumulator(channel);
  accumulator.add({.raw = 40}, 0);
  EXPECT_TRUE(std::isnan(accumulator.energy().value));
}

}  // namespace ergon
