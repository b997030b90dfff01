#include "bench/made_machine.h"

#include <cmath>
#include <numbers>

#include "analysis/foreign/foreign_results.h"

namespace ergon {

namespace {

constexpr double kStaticWatts = 60, kJoulesPerFlop = 12e-12, kJoulesPerByte = 150e-12;
constexpr double kLaunchSeconds = 4e-6, kSecondsPerFlop = 0.25e-12, kSecondsPerByte = 1.5e-12;
constexpr int kWaves = 8;
constexpr double kAmplitude = 0.05;  // of each wave: together some +-15 %
constexpr double kNoiseEnergy = 0.01, kNoiseTime = 0.005;

double log_uniform(double low, double high, SplitMix& random) {
  return std::exp2(std::log2(low) + random.uniform() * (std::log2(high) - std::log2(low)));
}

Problem gemm(const std::array<double, 3>& extents) {
  std::vector<std::int64_t> rounded;
  for (const double extent : extents) rounded.push_back(std::llround(std::max(extent, 1.0)));
  return make_problem(*primitive::named("gemm"), std::move(rounded));
}

}  // namespace

MadeMachine::MadeMachine(std::uint64_t seed) {
  SplitMix random(seed);
  for (int w = 0; w < kWaves; ++w) {
    Wave wave{.phase = 2 * std::numbers::pi * random.uniform(), .amplitude = kAmplitude};
    // Waves of 6 to 18 octaves in a random direction.
    const double frequency = 2 * std::numbers::pi / (6 + 12 * random.uniform());
    double length = 0;
    for (double& component : wave.direction) {
      component = random.normal();
      length += component * component;
    }
    for (double& component : wave.direction) component *= frequency / std::sqrt(length);
    waves_.push_back(wave);
  }
}

double MadeMachine::inefficiency(const Problem& problem) const {
  double log_factor = 0.2;
  for (const Wave& wave : waves_) {
    double angle = wave.phase;
    for (std::size_t a = 0; a < 3; ++a) {
      angle += wave.direction[a] * std::log2(static_cast<double>(problem.extents[a]));
    }
    log_factor += wave.amplitude * std::cos(angle);
  }
  return std::exp(log_factor);
}

MadeMachine::Cost MadeMachine::cost(const Problem& problem) const {
  const Work work = problem.primitive->work(problem);
  const auto flops = static_cast<double>(work.flops), bytes = static_cast<double>(work.bytes());
  const double seconds =
      kLaunchSeconds + (kSecondsPerFlop * flops + kSecondsPerByte * bytes) * inefficiency(problem);
  return {kStaticWatts * seconds + kJoulesPerFlop * flops + kJoulesPerByte * bytes, seconds};
}

Problem draw_inside(const ShapeBox& box, SplitMix& random) {
  std::array<double, 3> extents{};
  for (double& extent : extents) extent = log_uniform(box.low, box.high, random);
  return gemm(extents);
}

Problem draw_outside(const ShapeBox& box, SplitMix& random) {
  std::array<double, 3> extents{};
  for (double& extent : extents) extent = log_uniform(box.low, box.high, random);
  const std::uint64_t first = random.below(3);
  for (std::size_t a = 0; a < 3; ++a) {
    if (a != first && random.uniform() < 0.5) continue;
    const bool above = random.uniform() < 0.5;
    extents[a] = above ? log_uniform(box.high * 1.1, box.high * 4, random)
                       : log_uniform(box.low / 4, box.low / 1.1, random);
  }
  return gemm(extents);
}

Results simulate_records(const MadeMachine& machine, const std::vector<Problem>& problems,
                         SplitMix& random) {
  ForeignResults results({.device = "Made machine",
                          .boundary = "node",
                          .meter = "made/node",
                          .note = "simulated: known coefficients and a hidden inefficiency",
                          .kind = DeviceKind::cpu,
                          .source = Source::simulated});
  for (const Problem& problem : problems) {
    const MadeMachine::Cost cost = machine.cost(problem);
    results.add({.run = "made",
                 .kernel = "gemm/made",
                 .problem = problem,
                 .threads = 1,
                 .energy = Joules{cost.joules * (1 + kNoiseEnergy * random.normal())},
                 .time = Seconds{cost.seconds * (1 + kNoiseTime * random.normal())}},
                "");
  }
  return results.finish();
}

}  // namespace ergon
