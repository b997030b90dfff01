#pragma once

#include <cstdint>
#include <span>

#include "harness/record/record.h"
#include "harness/run/rig.h"
#include "harness/run/running_load.h"
#include "harness/simulate/random.h"

namespace ergon {

// What launches may hide from a part-time sensor, of the mean power. Above, the point is flagged.
inline constexpr double kHiddenMax = 0.01;

// What lies between two edges that follow each other.
[[nodiscard]] Window make_window(const Sampler& sampler, const LoadedEdge& begin,
                                 const LoadedEdge& end);

// What the launches of this window could hide from a sensor that looks part of the time, as a share
// of the mean power: by the update period that is stated, or by the one that the window shows.
[[nodiscard]] double hidden_share(const Sampler& sampler, const Window& window, int windows_min);

// Time to let pass before a window, at random, so that windows are independent samples: of one
// update, since looks at a fixed distance from an update would find each of them early, or each
// late; and of one launch, since it is asked for between two launches. Launches long enough to show
// in what a part-time sensor sees would meet it at phases that follow from window to window: of
// eight turns of the slower of launches and updates, half a window at most.
[[nodiscard]] Seconds random_pause(const Sampler& sampler, Seconds per_launch, Seconds length,
                                   Random& random);

// The moment from which a window's first edge is looked for. `windows`: those before it.
[[nodiscard]] std::int64_t begin_from(std::span<const Window> windows, Seconds pause,
                                      const Rig& rig, Random& random);

// What keeps step with the sensor is seen at one phase: a bias, unless each window sees another.
// Launches begin anew after a rest of any part of a launch; what hid is then in the scatter.
void turn_phase(RunningLoad& running, const Rig& rig, Seconds per_launch, Random& random);

// What the stopping rule looks at: J per launch of the primary channel, or s where unmetered.
[[nodiscard]] double value_per_launch(const Window& window, int primary);

}  // namespace ergon
