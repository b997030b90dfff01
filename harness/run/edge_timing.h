#pragma once

#include <cstdint>

#include "harness/meter/sampler.h"
#include "harness/simulate/random.h"
#include "harness/units.h"

namespace ergon {

[[nodiscard]] std::int64_t nanoseconds(Seconds time);

// The channel whose updates are the edges; null where nothing is metered.
[[nodiscard]] const Channel* primary_channel(const Sampler& sampler);

// Its update period; 0 s where there is none.
[[nodiscard]] Seconds period_of_primary(const Sampler& sampler);

// How long a change of power takes to be all of what the primary channel shows: its lag and its
// averaging window have passed, and then a new number has come.
[[nodiscard]] Seconds memory_of_primary(const Sampler& sampler);

// A length, from an update on and more than `wanted` less 0.6 periods, after which the next update
// of the primary channel is 0.4 to 0.6 periods away. To look for it any closer, or from anywhere,
// would find updates that come late and miss those that come early: windows would not be as long as
// the energy in them. At random, since looks at a fixed distance from an update would find each
// early, or each late.
[[nodiscard]] std::int64_t until_between_updates(Seconds wanted, const Sampler& sampler,
                                                 Random& random);

// Throws Error where an edge was waited for so long that no meter's period explains it: a read that
// hangs must not hang the sweep.
void refuse_to_wait(std::int64_t waited_ns);

}  // namespace ergon
