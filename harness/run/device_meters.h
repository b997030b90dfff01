#pragma once

#include <string>

#include "harness/run/open_meters.h"
#include "kernels/device.h"

namespace ergon {

// The name of the channel that the energy of kernels on `device` is read from; empty: the first of
// the first meter, which is what a CPU's is. Of a GPU it is the channel of that GPU, by its UUID;
// without one, a channel of the whole machine, or one that is simulated or from a meter outside.
// What counts packages or a process alone does not see a GPU: where there is nothing else, all
// meters are closed, with the reason.
[[nodiscard]] std::string choose_primary(OpenMeters& open, const Device& device);

}  // namespace ergon
