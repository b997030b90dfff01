#pragma once

// kernels/cuda/launch.h on the functional model. Included by it, under C++ compilers only.

#include <string>

#include "kernels/cuda/model/model_device.h"

namespace ergon::model {

template <class Launchable>
void prepare(CudaDevice& device, int shared_bytes) {
  static_assert(Launchable::kThreads % kLanes == 0 && Launchable::kThreads <= kThreadsMax);
  static_assert(Launchable::kThreads * Launchable::kBlocks <= 2048);  // of a multiprocessor
  static_assert(sizeof(typename Launchable::Arguments) <= 4096);
  static_assert(std::is_trivially_copyable_v<typename Launchable::Arguments>);
  model_device(device).prepare(Launchable::kThreads, shared_bytes, Launchable::kSm);
}

template <class Launchable>
void enqueue(CudaDevice& device, const Grid& grid,
             const typename Launchable::Arguments& arguments) noexcept {
  model_device(device).run({.blocks_x = grid.x,
                            .blocks_y = grid.y,
                            .blocks_z = grid.z,
                            .shared_bytes = grid.shared_bytes,
                            .threads = Launchable::kThreads,
                            .sm = Launchable::kSm,
                            .run =
                                [](const void* given) {
                                  using Arguments = typename Launchable::Arguments;
                                  Launchable::run(*static_cast<const Arguments*>(given));
                                },
                            .arguments = &arguments});
}

}  // namespace ergon::model
