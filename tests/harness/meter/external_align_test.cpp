#include "harness/meter/external_align.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <string>

#include "kernels/error.h"

namespace ergon {
namespace {

constexpr double kIdleWatts = 100, kLoadWatts = 300;

struct Meter {
  double interval_s = 0.1, average_s = 0.001, noise = 0, phase_s = 0;
  unsigned seed = 1;
};

bool loaded(const std::vector<Pulse>& pulses, double time_s) {
  for (const Pulse& pulse : pulses) {
    if (time_s >= 1e-9 * static_cast<double>(pulse.begin_ns) &&
        time_s < 1e-9 * static_cast<double>(pulse.end_ns)) {
      return true;
    }
  }
  return false;
}

// `length_s` of a power meter whose clock reads `offset_s` less than the harness's.
Trace observe(const std::vector<Pulse>& pulses, const Meter& meter, double length_s,
              double offset_s) {
  std::mt19937 random(meter.seed);
  std::normal_distribution<double> noise(0, meter.noise * kLoadWatts);
  Trace trace{.name = "wall.csv", .time_ns = {}, .value = {}};
  for (double t = meter.phase_s; t < length_s; t += meter.interval_s) {
    double mean = 0;  // over the averaging window that ends at t
    for (int i = 0; i < 100; ++i) {
      const double then_s = t + offset_s - meter.average_s * (i + 0.5) / 100;
      mean += (loaded(pulses, then_s) ? kLoadWatts : kIdleWatts) / 100;
    }
    trace.time_ns.push_back(std::llround(t * 1e9));
    trace.value.push_back(std::max(0.0, mean + noise(random)));
  }
  return trace;
}

std::vector<Pulse> chirp_at(double begin_s) {
  const auto pulses = chirp(std::llround(begin_s * 1e9));
  return {pulses.begin(), pulses.end()};
}

std::string error_of(const Trace& trace, const std::vector<Pulse>& pulses) {
  try {
    (void)align_trace(trace, pulses);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(Alignment, FindsTheOffsetOfTheClocks) {
  const auto pulses = chirp_at(1000);
  const Trace trace = observe(pulses, {.interval_s = 0.01}, 60, 970);
  const Alignment alignment = align_trace(trace, pulses);
  EXPECT_NEAR(1e-9 * static_cast<double>(alignment.offset_ns), 970, 0.01);
  EXPECT_LT(alignment.u_offset.value, 0.01);
  EXPECT_GT(alignment.quality, 0.99);
  EXPECT_LT(alignment.quality_next, 0.6);
}

TEST(Alignment, KnowsHowWellItKnowsTheOffset) {
  int within = 0, total = 0;
  double worst = 0;
  for (const double interval_s : {0.02, 0.1, 0.2, 0.5}) {
    for (int trial = 0; trial < 10; ++trial) {
      const double phase_s = interval_s * trial / 10;
      const auto pulses = chirp_at(20);
      const Meter meter{.interval_s = interval_s,
                        .noise = 0.02,
                        .phase_s = phase_s,
                        .seed = static_cast<unsigned>(trial + 1)};
      const Alignment alignment = align_trace(observe(pulses, meter, 40, 3.3), pulses);
      const double off = std::abs(1e-9 * static_cast<double>(alignment.offset_ns) - 3.3);
      worst = std::max(worst, off / interval_s);
      if (off <= 2 * alignment.u_offset.value) ++within;
      ++total;
    }
  }
  EXPECT_GE(within, 38) << "of " << total << ", worst " << worst << " intervals";
  EXPECT_LT(worst, 1.0);
}

TEST(Alignment, TakesTheTraceOfAnEnergyCounter) {
  const auto pulses = chirp_at(20);
  const Trace power = observe(pulses, {.interval_s = 0.05}, 40, 0);
  Trace energy{
      .name = "wall.csv", .measure = Measure::energy, .time_ns = power.time_ns, .value = {0.0}};
  for (std::size_t i = 1; i < power.value.size(); ++i) {
    energy.value.push_back(energy.value.back() + power.value[i] * 0.05);
  }
  const Alignment alignment = align_trace(energy, pulses);
  EXPECT_NEAR(1e-9 * static_cast<double>(alignment.offset_ns), 0, 0.05);
}

TEST(Alignment, StandsAMeterThatAveragesOverHalfASecond) {
  const auto pulses = chirp_at(20);
  const Trace trace = observe(pulses, {.interval_s = 0.1, .average_s = 0.5}, 40, 5);
  // Such a meter shows everything a quarter of a second late: so is its clock.
  EXPECT_NEAR(1e-9 * static_cast<double>(align_trace(trace, pulses).offset_ns), 4.75, 0.1);
}

TEST(Alignment, StandsALongLoadAfterTheChirp) {
  auto pulses = chirp_at(20);
  auto load = pulses;
  load.push_back({40'000'000'000, 70'000'000'000});
  load.push_back({80'000'000'000, 110'000'000'000});
  const Trace trace = observe(load, {.noise = 0.01}, 130, 0);
  EXPECT_NEAR(1e-9 * static_cast<double>(align_trace(trace, pulses).offset_ns), 0, 0.06);
}

TEST(Alignment, RefusesATraceWithoutTheChirp) {
  const Trace trace = observe({}, {.noise = 0.02}, 60, 0);
  EXPECT_NE(error_of(trace, chirp_at(20)).find("the chirp is not in it"), std::string::npos);
}

TEST(Alignment, RefusesATraceWithTwoChirps) {
  auto load = chirp_at(20);
  for (const Pulse& pulse : chirp_at(45)) load.push_back(pulse);
  const Trace trace = observe(load, {}, 70, 0);
  EXPECT_NE(error_of(trace, chirp_at(20)).find("could be in two places"), std::string::npos);
}

TEST(Alignment, RefusesATraceThatIsTooShort) {
  const Trace trace = observe(chirp_at(1), {}, 8.05, 0);
  EXPECT_EQ(error_of(trace, chirp_at(1)),
            "wall.csv: 8.0 s long, and the chirp with its rest takes 11.0 s; let the meter log "
            "from before the load until after it");
}

TEST(Alignment, RefusesAConstantTrace) {
  Trace trace{.name = "wall.csv", .time_ns = {}, .value = {}};
  for (int i = 0; i < 300; ++i) {
    trace.time_ns.push_back(i * 100'000'000LL);
    trace.value.push_back(50);
  }
  EXPECT_NE(error_of(trace, chirp_at(10)).find("the chirp is not in it"), std::string::npos);
}

}  // namespace ergon
