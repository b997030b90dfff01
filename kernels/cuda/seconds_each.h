#pragma once

#include <functional>

#include "kernels/cuda/cuda_device.h"

namespace ergon {

// Seconds of a launch, by the host's clock around several until the device is done; infinity where
// a launch says that it failed, or the device does. For choosing among a library's algorithms.
[[nodiscard]] double seconds_each(CudaDevice& device, const std::function<bool()>& launch);

}  // namespace ergon
