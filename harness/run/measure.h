#pragma once

#include <cstdint>
#include <vector>

#include "harness/clock.h"
#include "harness/config/protocol.h"
#include "harness/meter/sampler.h"
#include "harness/record/record.h"
#include "harness/run/load.h"
#include "harness/run/watch.h"

namespace ergon {

// The time phase: per-launch samples in the order they were taken; launches too short for the
// clock are timed in batches.
struct TimePhase {
  int batch = 1;               // launches per sample
  std::vector<Seconds> times;  // per launch
};
[[nodiscard]] TimePhase measure_time(Load& load, Clock& clock, const Protocol& protocol);

// Who takes part in an energy phase: the real ones, or a simulation's.
struct Rig {
  Load& load;
  Clock& clock;
  Sampler& sampler;
  Watch& watch;
};

// The energy phase: settles, then measures windows between edges of their own, while the load
// keeps running; until the stopping rule holds, windows_max are made or the budget ends at
// `deadline_ns`; the first window is made whole in any case. `per_launch` is the time phase's
// estimate; it sizes the batches between looks at the sampler. Throws Error where the sampler gives
// no edge.
[[nodiscard]] std::vector<Window> measure_energy(const Rig& rig, const Protocol& protocol,
                                                 Seconds per_launch, std::int64_t deadline_ns);

// Stretches without launches, one after the other, after a pause in which power settles; together
// they last about as long as the protocol says. Each is a sample of idle power.
[[nodiscard]] std::vector<IdleStretch> measure_idle(Clock& clock, Sampler& sampler,
                                                    const Protocol& protocol);

}  // namespace ergon
