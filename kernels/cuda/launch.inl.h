#pragma once

// kernels/cuda/launch.h for GPUs. Included by it, under nvcc only.

#include <cuda_runtime_api.h>

#include <string>

namespace ergon::hardware {

// Blocks of a multiprocessor that ptxas must leave registers for. For sm_75, and from sm_100 on, it
// needs more registers for the same code and would spill: one block fewer there. (Launch bounds may
// depend on the architecture: CUDA C++ Programming Guide, "Launch Bounds".)
template <class Launchable>
constexpr int resident_blocks() {
#if defined(__CUDA_ARCH__) && (__CUDA_ARCH__ < 800 || __CUDA_ARCH__ >= 1000)
  return Launchable::kBlocks > 1 ? Launchable::kBlocks - 1 : 1;
#else
  return Launchable::kBlocks;
#endif
}

template <class Launchable>
__global__ void __launch_bounds__(Launchable::kThreads, resident_blocks<Launchable>())
    entry(const typename Launchable::Arguments arguments) {
#if defined(__CUDA_ARCH__)
  if constexpr (__CUDA_ARCH__ >= 10 * Launchable::kSm) Launchable::run(arguments);
#endif
}

// More than 48 KB of shared memory must be asked for, and never less again: other launches of the
// kernel may live. Asking loads the code too, which a capture of the stream would not allow later.
template <class Launchable>
void prepare(CudaDevice& device, int shared_bytes) {
  const void* function = reinterpret_cast<const void*>(&entry<Launchable>);
  cudaFuncAttributes attributes;
  cudaError_t status = cudaFuncGetAttributes(&attributes, function);
  if (status == cudaSuccess && shared_bytes > attributes.maxDynamicSharedSizeBytes) {
    status =
        cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize, shared_bytes);
  }
  if (status == cudaSuccess) return;
  (void)cudaGetLastError();
  throw Error(std::string(device.name()) + " (sm_" + std::to_string(device.properties().sm) +
              ") cannot run a kernel with " + std::to_string(shared_bytes) +
              " bytes of shared memory a block: " + cudaGetErrorString(status) +
              "; build for this architecture (ERGON_CUDA_ARCHITECTURES), or leave it out");
}

template <class Launchable>
void enqueue(CudaDevice& device, const Grid& grid,
             const typename Launchable::Arguments& arguments) noexcept {
  const dim3 blocks(static_cast<unsigned>(grid.x), static_cast<unsigned>(grid.y),
                    static_cast<unsigned>(grid.z));
  entry<Launchable><<<blocks, Launchable::kThreads, static_cast<std::size_t>(grid.shared_bytes),
                      static_cast<cudaStream_t>(device.stream())>>>(arguments);
  if (const cudaError_t status = cudaGetLastError(); status != cudaSuccess) {
    device.note_error(cudaGetErrorString(status));
  }
}

}  // namespace ergon::hardware
