#pragma once

#include <optional>
#include <span>

#include "harness/record/record.h"

namespace ergon {

// Idle power of one channel over stretches that follow each other.
struct IdlePower {
  Watts power;
  Watts u;               // standard uncertainty (k = 1) from edges and scatter
  double middle_ns = 0;  // moment it stands for
  int stretches = 0;
};

// The mean over the good stretches; none where there are none. The inner edges of stretches that
// touch cancel, so the energy of all is known as well as that of one; their scatter comes on top.
[[nodiscard]] std::optional<IdlePower> idle_power(std::span<const IdleStretch* const> bracket,
                                                  int channel);

// How idle power after a block of points differs from that before.
struct IdleDrift {
  double relative = 0;  // of their mean, with its sign
  double sigmas = 0;    // standard uncertainties of the difference; infinite where they are 0
  bool rejects = false;
};

// Net energy of a block whose idle power changed is no number to trust: the change may have been a
// step at any time within. Rejects where the two differ by more than 5 %, or by more than three
// standard uncertainties and 1 % (the scatter of the stretches is known then: two or more on each
// side). A smaller difference moves net energy by less than the interval that is asked for, however
// surely it is seen, and interpolation takes most of that off. Both limits are for
// `half_width_max` = 1 % and grow with it, as a wider interval is asked for of shorter stretches.
[[nodiscard]] IdleDrift idle_drift(const IdlePower& before, const IdlePower& after,
                                   double half_width_max);

}  // namespace ergon
