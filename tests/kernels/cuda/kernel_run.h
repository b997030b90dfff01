#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/check.h"
#include "kernels/cuda/cuda_device.h"
#include "kernels/kernel.h"

namespace ergon {

// How one kernel did on many problems.
struct KernelOutcome {
  std::string kernel;
  std::string unavailable = {};         // why it was not run at all; empty where it was
  int problems = 0;                     // that it took
  int left = 0;                         // that the time was over for
  double error_share = 0;               // the largest error, of the tolerance
  std::vector<std::string> wrong = {};  // "gemm m=3,...: out[3, 17] is ..."
};

// Launches a kernel once on operands with 256 bytes behind each, over an output of NaN; what is
// wrong of it, or empty: an error of the launch, a result beyond tolerance, other bits at a second
// launch, a write to an input or behind an operand.
[[nodiscard]] std::string run_kernel(const Kernel& kernel, const Problem& problem,
                                     CudaDevice& device, double& error_share);

// Problems like the awkward ones of a primitive with larger extents, drawn by `seed`: up to `flops`
// operations and `bytes` of operands. Of those that a kernel refuses none.
[[nodiscard]] std::vector<Problem> random_problems(const Kernel& kernel, int count, double flops,
                                                   double bytes, std::uint64_t seed);

}  // namespace ergon
