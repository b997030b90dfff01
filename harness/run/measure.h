#pragma once

#include <cstdint>
#include <vector>

#include "harness/config/protocol.h"
#include "harness/record/record.h"
#include "harness/run/rig.h"

namespace ergon {

// What an energy phase comes to.
struct EnergyPhase {
  Settling settling;
  std::vector<Window> windows;
  Stop stop = Stop::not_run;
};

// The energy phase: settles (settle.h), then measures windows (window_lengths.h) between edges of
// their own, while the load keeps running; until the stopping rule holds, windows_max are made or
// the budget ends at `deadline_ns`; the first window is made whole in any case. `per_launch` is the
// time phase's estimate; it sizes the batches between looks at the sampler. Throws Error where the
// sampler gives no edge.
[[nodiscard]] EnergyPhase measure_energy(const Rig& rig, const Protocol& protocol,
                                         Seconds per_launch, std::int64_t deadline_ns);

}  // namespace ergon
