#include "harness/meter/characterise.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <limits>

#include "harness/simulate/machine.h"
#include "harness/simulate/switched_load.h"

namespace ergon {
namespace {

struct Bench {
  VirtualClock clock;
  PowerTruth truth{PowerTruth::Machine{.idle = Watts{60}}};
  SimulatedSwitchedLoad load{clock, truth, Watts{140}};
};

SensorModel sensor(Measure measure, double period_s, double windows, double lag_s,
                   std::uint64_t seed) {
  SensorModel model;
  model.measure = measure;
  model.period = Seconds{period_s};
  model.window = Seconds{windows * period_s};
  model.lag = Seconds{lag_s};
  // A thousandth of an idle update, a tenth of a watt.
  model.quantum = measure == Measure::energy ? 0.06 * period_s : 0.1;
  model.noise = 0.01;
  model.jitter = 0.02;
  model.phase = 0.37;
  model.seed = seed;
  return model;
}

struct Seen {
  Characterisation found;
  double virtual_s;
};

Seen see(const SensorModel& model) {
  Bench bench;
  SensorMeter meter(bench.clock, bench.truth, model);
  Seen seen;
  seen.found = characterise(bench.clock, meter, 0, bench.load, model.seed + 100);
  seen.virtual_s = static_cast<double>(bench.clock.now_ns()) * 1e-9;
  return seen;
}

void print(const SensorModel& model, const Seen& seen) {
  const Characterisation& f = seen.found;
  const double period = model.period.value, window = model.window.value;
  std::printf(
      "%-6s T %6.0f ms  W/T %5.2f  lag %5.1f ms  seed %lu: T %+.2f %%  W %s%+.1f %% (u %.1f %%)  "
      "lag %+.3f T (u %.3f T)  %5.0f s\n",
      model.measure == Measure::energy ? "energy" : "power", period * 1e3, window / period,
      model.lag.value * 1e3, static_cast<unsigned long>(model.seed),
      100 * (f.period.value / period - 1), f.window_is_bound ? "<" : "",
      100 * (f.window.value / window - 1), 100 * f.window.uncertainty / window,
      (f.lag.value - model.lag.value) / period, f.lag.uncertainty / period, seen.virtual_s);
}

void expect_true(const SensorModel& model, const Seen& seen) {
  const Characterisation& f = seen.found;
  const double period = model.period.value, window = model.window.value, lag = model.lag.value;
  EXPECT_NEAR(f.period.value, period, 0.02 * period);
  EXPECT_NEAR(f.lag.value, lag, std::max(0.1 * lag, period / 20));
  EXPECT_LE(seen.virtual_s, std::max(60.0, 100 * std::max(period, window)));
  if (window >= 0.25 * period) {
    EXPECT_FALSE(f.window_is_bound);
    EXPECT_NEAR(f.window.value, window, 0.15 * window);
  } else if (f.window_is_bound) {
    EXPECT_GE(f.window.value, window);
    EXPECT_LE(f.window.value, 0.25 * period);
  }
  EXPECT_EQ(f.duty_cycled, window < 0.9 * period) << f.duty_cycle.value;
  EXPECT_TRUE(f.responds()) << f.verdict;
}

void see_grid(Measure measure) {
  std::uint64_t seed = measure == Measure::energy ? 100 : 200;
  for (const double period_s : {1e-3, 0.02, 0.1, 1.0}) {
    for (const double windows : {0.1, 0.25, 0.5, 1.0, 3.0, 10.0}) {
      for (const double lags : {0.0, 0.5}) {
        const SensorModel model = sensor(measure, period_s, windows, lags * period_s, ++seed);
        const Seen seen = see(model);
        print(model, seen);
        expect_true(model, seen);
        if (testing::Test::HasFailure()) FAIL() << seen.found.verdict;
      }
    }
  }
}

// A meter of one channel that does as it is told.
class ToldMeter final : public Meter {
 public:
  ToldMeter(Meter& inner, int failing_every) : inner_(inner), failing_every_(failing_every) {}
  std::span<const Channel> channels() const override { return inner_.channels(); }
  void read(std::span<Reading> readings) noexcept override {
    inner_.read(readings);
    if (failing_every_ > 0 && ++reads_ % failing_every_ == 0) readings[0] = {.error = EACCES};
  }

 private:
  Meter& inner_;
  int failing_every_, reads_ = 0;
};

}  // namespace

TEST(Characterise, FindsPeriodWindowAndLagOfAnEnergyCounter) { see_grid(Measure::energy); }

TEST(Characterise, FindsPeriodWindowAndLagOfAPowerReading) { see_grid(Measure::power); }

// Lag and window then differ a hundredfold, and so must the steps of the search.
TEST(Characterise, FindsALagOfManyPeriods) {
  for (const double windows : {0.25, 1.0, 3.0}) {
    const SensorModel model = sensor(Measure::energy, 1e-3, windows, 0.2, 3);
    const Seen seen = see(model);
    print(model, seen);
    expect_true(model, seen);
  }
}

// Leakage that follows the load by seconds, and idle power that drifts, are no part of the model.
TEST(Characterise, FindsAPartTimeWindowOnAMachineThatWarms) {
  VirtualClock clock;
  PowerTruth truth({.idle = Watts{60},
                    .drift_per_s = 0.002 / 60,
                    .thermal_rise = 0.05,
                    .thermal_time = Seconds{5}});
  SimulatedSwitchedLoad load(clock, truth, Watts{140});
  const SensorModel model = sensor(Measure::power, 0.1, 0.25, 0.05, 4);
  SensorMeter meter(clock, truth, model);
  const Seen seen{characterise(clock, meter, 0, load, 1), 0};
  print(model, seen);
  expect_true(model, seen);
}

TEST(Characterise, FindsTheWindowWhereTheLoadAddsLittle) {
  VirtualClock clock;
  PowerTruth truth({.idle = Watts{60}});
  SimulatedSwitchedLoad load(clock, truth, Watts{12});
  const SensorModel model = sensor(Measure::energy, 0.1, 10, 0.05, 4);
  SensorMeter meter(clock, truth, model);
  const Seen seen{characterise(clock, meter, 0, load, 1), 0};
  print(model, seen);
  EXPECT_NEAR(seen.found.window.value, 1, 0.15);
  EXPECT_NEAR(seen.found.lag.value, 0.05, 5 * seen.found.lag.uncertainty);
}

TEST(Characterise, StatesUncertaintiesThatHold) {
  int window_held = 0, lag_held = 0;
  constexpr int kSeeds = 24;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const SensorModel model = sensor(Measure::power, 0.1, 0.25, 0.05, seed);
    const Characterisation f = see(model).found;
    if (std::abs(f.window.value - 0.025) < 2 * f.window.uncertainty) ++window_held;
    if (std::abs(f.lag.value - 0.05) < 2 * f.lag.uncertainty) ++lag_held;
  }
  // 95 % of 24 are 22.8; 19 or fewer come once in 200 draws.
  EXPECT_GE(window_held, 20);
  EXPECT_GE(lag_held, 20);
}

TEST(Characterise, CountsThroughTheWrapOfACounter) {
  SensorModel model = sensor(Measure::energy, 0.02, 1, 0.01, 5);
  model.wrap = 20'000;  // twice a second under load
  const Seen seen = see(model);
  expect_true(model, seen);
  EXPECT_NEAR(seen.found.quantum.value, model.quantum, 1e-12);
}

TEST(Characterise, FindsAQuantumOfSeveralCounts) {
  class Coarse final : public Meter {
   public:
    explicit Coarse(Meter& inner) : inner_(inner) {}
    std::span<const Channel> channels() const override { return inner_.channels(); }
    void read(std::span<Reading> readings) noexcept override {
      inner_.read(readings);
      readings[0].raw -= readings[0].raw % 61;
    }

   private:
    Meter& inner_;
  };
  Bench bench;
  const SensorModel model = sensor(Measure::energy, 1e-3, 1, 0, 8);
  SensorMeter inner(bench.clock, bench.truth, model);
  Coarse meter(inner);
  const Characterisation f = characterise(bench.clock, meter, 0, bench.load, 1);
  EXPECT_NEAR(f.quantum.value, 61 * model.quantum, 1e-12);
  EXPECT_NEAR(f.period.value, 1e-3, 2e-5);
}

TEST(Characterise, SaysThatAConstantChannelNeverChanges) {
  Bench bench;
  SensorModel model = sensor(Measure::power, 0.1, 1, 0, 1);
  model.quantum = 1e6;
  SensorMeter meter(bench.clock, bench.truth, model);
  const Characterisation f = characterise(bench.clock, meter, 0, bench.load, 1);
  EXPECT_EQ(f.verdict, "never changes, load or no load");
  EXPECT_TRUE(std::isnan(f.period.value));
  EXPECT_FALSE(f.responds());
  EXPECT_LE(f.elapsed.value, 60);
}

TEST(Characterise, SaysThatAChannelDoesNotFollowTheLoad) {
  VirtualClock clock;
  PowerTruth truth(PowerTruth::Machine{.idle = Watts{60}});
  SimulatedSwitchedLoad load(clock, truth, Watts{0.01});
  SensorMeter meter(clock, truth, sensor(Measure::power, 0.1, 1, 0, 1));
  const Characterisation f = characterise(clock, meter, 0, load, 1);
  EXPECT_EQ(f.verdict, "does not follow the load: window and lag cannot be found");
  EXPECT_NEAR(f.period.value, 0.1, 0.002);
  EXPECT_TRUE(std::isnan(f.window.value));
}

TEST(Characterise, LivesWithReadsThatFailNowAndThen) {
  Bench bench;
  const SensorModel model = sensor(Measure::energy, 0.02, 1, 0, 9);
  SensorMeter inner(bench.clock, bench.truth, model);
  ToldMeter meter(inner, 97);
  const Characterisation f = characterise(bench.clock, meter, 0, bench.load, 1);
  EXPECT_NEAR(f.period.value, 0.02, 4e-4);
  EXPECT_NEAR(f.window.value, 0.02, 3e-3);
  EXPECT_EQ(f.errors, f.reads / 97);
  EXPECT_NE(f.verdict.find("failed: Permission denied"), std::string::npos) << f.verdict;
}

TEST(Characterise, SaysWhyAChannelCannotBeRead) {
  Bench bench;
  SensorMeter inner(bench.clock, bench.truth, sensor(Measure::energy, 0.02, 1, 0, 9));
  ToldMeter meter(inner, 1);
  const Characterisation f = characterise(bench.clock, meter, 0, bench.load, 1);
  EXPECT_TRUE(f.verdict.starts_with("cannot be read; ")) << f.verdict;
  EXPECT_TRUE(std::isnan(f.period.value));
}

}  // namespace ergon
