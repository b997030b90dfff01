#pragma once

#include "harness/units.h"

namespace ergon {

// What a part-time sensor and a load that repeats have in common over one point.
struct SamplingPattern {
  Seconds update_period;     // T; as the windows' own edges show it, since a percent matters here
  Seconds averaging_window;  // W; the sensor sees nothing of the time between W and T
  Seconds per_launch;        // p, the period of the load
  double updates = 0;        // of the shortest point: windows_min windows
};

// By how much of the mean power launches whose power is no constant could bias a sensor that looks
// only part of the time (W < 0.9 T) without any scatter of the windows that would tell; 0 for one
// that sees all of it. The sensor samples power every T. Harmonic k of a launch turns by k T / p
// cycles between two samples; what is left of that beside whole turns is the frequency of its
// alias, and where the alias turns by less than a cycle within the point every window sees it at
// one phase: a bias. The launch is taken to swing as far as power can, a square wave between zero
// and twice the mean, whose odd harmonics are 4 / (pi k) of the mean; averaging over W leaves at
// most p / (pi k W) of each. The largest of those that keep step is returned. After Oppenheim &
// Schafer, Discrete-Time Signal Processing, ch. 4.
[[nodiscard]] double bias_in_phase(const SamplingPattern& pattern);

}  // namespace ergon
