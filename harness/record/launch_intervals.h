#pragma once

#include <span>
#include <vector>

#include "harness/meter/channel.h"
#include "harness/record/record.h"

namespace ergon {

// A value and half the width of its 95 % interval, the sensor's gain apart: gain is common to all
// that one device measures and does not shrink with the number of windows. NaN where there is none.
struct Interval {
  double value = 0;
  double half_width = 0;
  double freedom = 0;  // degrees of freedom behind the half-width
};

// A rule that stops when the interval is narrow enough stops early where the windows happen to
// agree, and Student's interval then covers less often than it says: for normal windows, with 5 to
// 20 of them, 92.2 % at worst instead of 95 %; with 3 to 10, 90.8 % (Anscombe 1952 and Starr 1966
// on the deficit). Widened by this factor it covers 94.3 to 97.0 % with 5 to 20 windows and 92.8 to
// 96.2 % with 3 to 10, whatever the noise, the stop above target included.
inline constexpr double kSequentialFactor = 1.1;

// The mean of independent values, by Student's t; their number fixed beforehand.
[[nodiscard]] Interval mean_interval(std::span<const double> values);

// What one launch costs on one channel, from a point's valid windows and the idle stretches of its
// block, in J per launch. The windows' scatter is widened by kSequentialFactor.
struct LaunchIntervals {
  Interval gross;
  Interval net;  // NaN without idle stretches
  int windows = 0;
};

// Idle power is a straight line through the idle stretches on both sides, so that a slow drift
// cancels; its uncertainty, with its own degrees of freedom, goes into net's by Welch and
// Satterthwaite. A rounding of the channel that repeats in every window (power in steps) is no
// scatter: it is added as the uniform distribution that it is, of load and idle apart, as far as
// noise between two steps does not average it away: of one number each update, or each
// `reading_period` where the sampler reads more seldom.
[[nodiscard]] LaunchIntervals launch_intervals(std::span<const Window> windows, int channel,
                                               const Channel& facts,
                                               std::span<const IdleStretch* const> idle,
                                               Seconds reading_period = Seconds{0.1});

}  // namespace ergon
