#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "kernels/cuda/cuda_device.h"
#include "kernels/kernel.h"
#include "kernels/problem.h"

// Products by NVIDIA's cuBLASLt, opened at run time.
namespace ergon {

// c = a b + bias, `batch` times; row-major and packed, in the memory of a GPU.
struct CublasLtProduct {
  Dtypes dtypes;
  std::int64_t m, n, k, batch;
  bool transposed;  // b is n x k, else k x n
  const std::byte* a;
  const std::byte* b;
  const std::byte* bias;  // n; null where there is none
  std::byte* c;
};

// The fastest of what its heuristics propose, timed once for a device and a product's shape. All
// launches of a device share one workspace, since they follow each other. Throws Error where it
// proposes nothing.
[[nodiscard]] Launch bind_cublaslt(CudaDevice& device, const CublasLtProduct& product);

// For Kernel::refuses (dtypes), missing and version.
[[nodiscard]] std::string refuse_but_cublaslt(const Problem& problem, bool weights_packed);
[[nodiscard]] std::string cublaslt_missing();
[[nodiscard]] std::string cublaslt_version();  // "cuBLASLt 13.1.0"

}  // namespace ergon
