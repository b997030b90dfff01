#pragma once

#include <vector>

#include "harness/clock.h"
#include "harness/config/protocol.h"
#include "harness/meter/sampler.h"
#include "harness/record/record.h"

namespace ergon {

// Stretches without launches, one after the other, after a pause in which power settles; together
// they last about as long as the protocol says. Each is a sample of idle power. Where power still
// fell over them they are measured anew, three times at most.
[[nodiscard]] std::vector<IdleStretch> measure_idle(Clock& clock, Sampler& sampler,
                                                    const Protocol& protocol);

}  // namespace ergon
