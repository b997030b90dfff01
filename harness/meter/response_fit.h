#pragma once

#include <span>

#include "harness/units.h"

namespace ergon {

// One new number of a channel: when it came, and the power it shows (of an energy counter, its
// step since the update before: power up to a factor).
struct SeenUpdate {
  double time_s = 0;
  double value = 0;
};

// What a channel's numbers say of a load that was switched at known times: each is
// low + swing x (share of the `window` that ends `lag` before it came in which the load was on),
// and a linear drift. Uncertainties are standard deviations (k = 1).
struct ResponseFit {
  double window_s = 0, window_u_s = 0;
  double lag_s = 0, lag_u_s = 0;
  double swing = 0;      // full load less no load, in the unit of the values
  double explained = 0;  // share of the variance, 0..1; low where the channel does not see the load
  double residual = 0;   // standard deviation of what is left, as a share of the swing
};

// Where the search looks.
struct ResponseRange {
  double window_min_s, window_max_s, lag_max_s;
};

// Least squares over window and lag: the best of a grid, then a pattern search (Hooke & Jeeves
// 1961) from it. For W < T this takes the place of the variance at a few periods of a square wave
// (Yang, Adamek & Armour, SC24): the load being known, every reading counts by itself, none
// aliases, and the lag comes with it. `switches_s`: the load is off before the first time and
// changes at each. Updates and switches ascend. Needs 8 updates; explained is 0 below that.
[[nodiscard]] ResponseFit fit_response(std::span<const SeenUpdate> updates,
                                       std::span<const double> switches_s,
                                       const ResponseRange& range);

}  // namespace ergon
