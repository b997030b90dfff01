// Kernels with faults that the checks of architectures.py must find.

#include <cstdint>

// More registers than 1024 threads have: ptxas spills.
extern "C" __global__ void __launch_bounds__(1024) spills(float* data) {
  float kept[96];
  for (int i = 0; i < 96; ++i) kept[i] = data[i * 1024 + threadIdx.x];
  __syncthreads();
  for (int round = 0; round < 8; ++round) {
#pragma unroll
    for (int i = 0; i < 96; ++i) kept[i] = kept[i] * kept[(i + 31) % 96] + kept[(i + 17) % 96];
  }
  for (int i = 0; i < 96; ++i) data[i * 1024 + threadIdx.x] = kept[i];
}

// An array that is indexed at run time.
extern "C" __global__ void indexes(std::uint32_t* data) {
  std::uint32_t kept[64] = {};
  for (int i = 0; i < 256; ++i) kept[data[i] % 64] += data[i + threadIdx.x];
  data[threadIdx.x] = kept[data[threadIdx.x] % 64];
}

// A literal without its f.
extern "C" __global__ void computes_in_double(float* data) {
  data[threadIdx.x] = static_cast<float>(data[threadIdx.x] * 1.1);
}

// No tensor cores, 32-bit loads.
extern "C" __global__ void multiplies(float* data) {
  data[threadIdx.x] = data[threadIdx.x] * data[threadIdx.x + 1] + data[threadIdx.x + 2];
}
