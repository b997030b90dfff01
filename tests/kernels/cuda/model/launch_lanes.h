#pragma once

#include <string>

#include "kernels/cuda/launch.h"

namespace ergon::model {

// Runs a Launchable once on a model of its own; gives the error, or empty.
template <class Launchable>
[[nodiscard]] std::string run_once(std::uint64_t seed, const Grid& grid,
                                   const typename Launchable::Arguments& arguments) {
  ModelDevice device(seed);
  make_launch<Launchable>(device, grid, arguments)();
  return device.synchronize();
}

}  // namespace ergon::model
