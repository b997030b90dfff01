#pragma once

#include <memory>
#include <vector>

#include "harness/meter/meter.h"

namespace ergon {

// Leaves each energy to one meter where several read the same counter: a channel of perf before
// powercap's of the same place (containment.h), powercap's before msr's, msr's before hwmon's
// (amd_energy). A meter keeps the channels that no better one has, so that a domain which perf
// lacks is read through powercap; `within` then names the container that is left. A meter without
// a channel left is dropped; others, and the order of them all, stay as they are.
[[nodiscard]] std::vector<std::unique_ptr<Meter>> prefer_rapl(
    std::vector<std::unique_ptr<Meter>> meters);

}  // namespace ergon
