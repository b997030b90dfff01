#pragma once

#include "harness/clock.h"
#include "harness/meter/sampler.h"
#include "harness/run/load.h"
#include "harness/run/watch.h"

namespace ergon {

// Who takes part in an energy phase: the real ones, or a simulation's.
struct Rig {
  Load& load;
  Clock& clock;
  Sampler& sampler;
  Watch& watch;
};

}  // namespace ergon
