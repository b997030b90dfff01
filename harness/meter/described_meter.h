#pragma once

#include <memory>
#include <vector>

#include "harness/meter/meter.h"

namespace ergon {

// The same meter, of whose channels more is known than its source tells: `channels` stand in the
// place of its own, one for one.
[[nodiscard]] std::unique_ptr<Meter> described(std::unique_ptr<Meter> meter,
                                               std::vector<Channel> channels);

}  // namespace ergon
