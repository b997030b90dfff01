#include "harness/run/idle_phase.h"

#include <algorithm>

#include "harness/run/edge_timing.h"
#include "harness/run/window.h"

namespace ergon {
namespace {

// Idle time is measured in this many stretches, whose scatter is what idle power is known to.
constexpr int kIdleStretches = 4;
constexpr int kIdleUpdatesMin = 5;

void take_edge(Clock& clock, Sampler& sampler, Edge& edge) {
  const std::int64_t asked_ns = clock.now_ns();
  sampler.request_edge();
  while (!sampler.take_edge(edge)) {
    clock.wait_until(clock.now_ns() + 200'000);
    refuse_to_wait(clock.now_ns() - asked_ns);
  }
}

}  // namespace

std::vector<IdleStretch> measure_idle(Clock& clock, Sampler& sampler, const Protocol& protocol) {
  const Seconds pause = std::max(protocol.idle / 10, memory_of_primary(sampler));
  clock.wait_until(clock.now_ns() + nanoseconds(pause));
  const Seconds updates = kIdleUpdatesMin * period_of_primary(sampler);
  const Seconds length = std::max(protocol.idle / kIdleStretches, updates);
  std::vector<IdleStretch> stretches(kIdleStretches);
  for (IdleStretch& idle : stretches) {
    Edge begin, end;
    take_edge(clock, sampler, begin);
    clock.wait_until(begin.time_ns + until_between_updates(length, sampler));
    take_edge(clock, sampler, end);
    idle.begin_ns = begin.time_ns;
    idle.end_ns = end.time_ns;
    idle.invalid = faults_between(sampler.primary(), begin, end);
    idle.energy = energy_between(sampler.channels(), sampler.primary(), begin, end);
  }
  return stretches;
}

}  // namespace ergon
