#pragma once

#include <span>

#include "harness/record/launch_intervals.h"
#include "harness/record/record.h"

namespace ergon {

// Gross energy of a point's windows against the launches in them, a straight line: the slope is
// what a launch costs, apart from what a window costs once (late edges, the first launches after a
// pause), which is the intercept and falls out of the slope.
struct LaunchSlope {
  Interval slope;      // J per launch, 95 %
  Interval intercept;  // J per window
  int windows = 0;
};

// From the valid windows of one channel; NaN where they are fewer than four, of fewer than three
// lengths, or all within a factor of two (window_lengths.h). Windows are weighted by 1 / launches,
// as suits noise that is white. Noise that is the same in every window (edges) or grows with it
// (power that wanders slowly) would make that interval wrong, so the coefficients of this fit are
// taken for all three, each scaled to the residuals, and the widest interval stands: Student's, by
// windows - 2 degrees of freedom, widened by kSequentialFactor. It covers 95 % or more.
[[nodiscard]] LaunchSlope launch_slope(std::span<const Window> windows, int channel);

}  // namespace ergon
