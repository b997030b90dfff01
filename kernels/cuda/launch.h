#pragma once

#include <cstdint>

#include "kernels/cuda/cuda_device.h"
#include "kernels/cuda/lanes.h"
#include "kernels/kernel.h"

// Kernels as types, so that one launcher serves both compilers. A Launchable is
//
//   struct Rows {
//     struct Arguments { ... };              // at most 4 KB, trivially copyable; device pointers
//     static constexpr int kThreads = 256;   // of a block
//     static constexpr int kBlocks = 2;      // that fit a multiprocessor: caps the registers
//     static constexpr int kSm = 75;         // the least architecture that its code is made for
//     ERGON_LANE static void run(const Arguments&);   // one thread of it
//   };
namespace ergon {

struct Grid {
  std::int64_t x = 1;    // blocks, to 2^31 - 1
  int y = 1, z = 1;      // blocks, to 65535
  int shared_bytes = 0;  // of each block, dynamic
};

}  // namespace ergon

#if defined(__CUDACC__)
#include "kernels/cuda/launch.inl.h"
#else
#include "kernels/cuda/model/launch.h"
#endif

namespace ergon::ERGON_CUDA {

// Makes the launch ready (code loaded, shared memory granted), and gives it. Throws Error where the
// device does not grant the shared memory or has no code for its architecture.
template <class Launchable>
[[nodiscard]] Launch make_launch(Device& device, const Grid& grid,
                                 const typename Launchable::Arguments& arguments) {
  CudaDevice& cuda = cuda_device(device);
  prepare<Launchable>(cuda, grid.shared_bytes);
  return [&cuda, grid, arguments] { enqueue<Launchable>(cuda, grid, arguments); };
}

}  // namespace ergon::ERGON_CUDA
