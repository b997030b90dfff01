#include "harness/run/idle_phase.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "harness/run/edge_timing.h"
#include "harness/run/window.h"

namespace ergon {
namespace {

// Idle time is measured in this many stretches, whose scatter is what idle power is known to.
constexpr int kIdleStretches = 4;
constexpr int kIdleUpdatesMin = 5;
// Cooling may take three times the stretches' own time before them.
constexpr int kRoundsMax = 4;

void take_edge(std::int64_t from_ns, Clock& clock, Sampler& sampler, Edge& edge) {
  // A twentieth of a period more of idle time is no loss; a look at the sampler costs 0.1 us.
  const std::int64_t pause_ns =
      std::clamp<std::int64_t>(nanoseconds(period_of_primary(sampler) / 20), 200'000, 5'000'000);
  sampler.request_edge(from_ns);
  clock.wait_until(from_ns);
  while (!sampler.take_edge(edge)) {
    clock.wait_until(clock.now_ns() + pause_ns);
    refuse_to_wait(clock.now_ns() - from_ns);
  }
}

// From the update after `end` on; `end` is then the stretch's own.
IdleStretch measure_stretch(Seconds length, Clock& clock, Sampler& sampler, Random& random,
                            Edge& end) {
  Edge begin;
  const auto after = [&](const Edge& edge, Seconds wanted) {
    return edge.time_ns + until_between_updates(wanted, sampler, random);
  };
  take_edge(after(end, Seconds{0}), clock, sampler, begin);
  take_edge(after(begin, length), clock, sampler, end);
  IdleStretch idle;
  idle.begin_ns = begin.time_ns;
  idle.end_ns = end.time_ns;
  idle.invalid = faults_between(sampler.channels(), sampler.primary(), begin, end);
  idle.energy = energy_between(sampler.channels(), sampler.primary(), begin, end);
  return idle;
}

// NaN where the channel is not there or failed.
Watts power_of(const IdleStretch& idle, int channel) {
  for (const ChannelEnergy& energy : idle.energy) {
    if (energy.channel != channel) continue;
    return energy.gross / Seconds{static_cast<double>(idle.end_ns - idle.begin_ns) * 1e-9};
  }
  return Watts{std::numeric_limits<double>::quiet_NaN()};
}

// Whether the machine was still cooling: the first stretch drew more than the mean of the others,
// by more than kFallMin and by more than what scatter makes of steady power in one case of ten.
// What leaks from a chip that is warm from the load would be taken for idle.
bool fell(std::span<const IdleStretch> stretches, int channel) {
  constexpr double kFallMin = 0.0005;   // of idle power
  constexpr double kStudent90 = 1.886;  // 90 % quantile of Student's t, 2 degrees of freedom
  static_assert(kIdleStretches == 4);
  constexpr double kOthers = kIdleStretches - 1;
  double mean = 0, squares = 0;
  for (const IdleStretch& one : stretches.subspan(1))
    mean += power_of(one, channel).value / kOthers;
  for (const IdleStretch& one : stretches.subspan(1)) {
    const double off = power_of(one, channel).value - mean;
    squares += off * off;
  }
  const double error = std::sqrt(squares / (kOthers - 1) * (1 + 1 / kOthers));
  const double fall = power_of(stretches[0], channel).value - mean;
  return fall > std::max(kFallMin * mean, kStudent90 * error);
}

}  // namespace

std::vector<IdleStretch> measure_idle(Clock& clock, Sampler& sampler, const Protocol& protocol) {
  const Seconds pause = std::max(protocol.idle / 10, memory_of_primary(sampler));
  clock.wait_until(clock.now_ns() + nanoseconds(pause));
  const Seconds updates = kIdleUpdatesMin * period_of_primary(sampler);
  const Seconds length = std::max(protocol.idle / kIdleStretches, updates);
  Random random(static_cast<std::uint64_t>(clock.now_ns()));
  Edge edge;
  take_edge(clock.now_ns(), clock, sampler, edge);
  std::vector<IdleStretch> stretches;
  // All anew where power fell: to drop the first and keep the others would be to choose low ones.
  for (int round = 0; round < kRoundsMax; ++round) {
    stretches.clear();
    for (int i = 0; i < kIdleStretches; ++i) {
      stretches.push_back(measure_stretch(length, clock, sampler, random, edge));
    }
    if (!fell(stretches, sampler.primary())) break;
  }
  return stretches;
}

}  // namespace ergon
