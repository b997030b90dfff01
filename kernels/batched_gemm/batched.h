#pragma once

#include "kernels/gemm/microkernel.h"
#include "kernels/kernel.h"

namespace ergon {

// Products of a batch on GEMM's microkernels. Threads take whole products; where there are fewer
// products than threads, groups of threads share one, on a grid of blocks of c as in gemm. Each
// thread has at least 2^18 multiply-adds, so small batches run on one. `instructions` must outlive
// the launch. Scratch is allocated here, none in the launch.
[[nodiscard]] Launch bind_batched_gemm(const Binding& binding,
                                       const GemmInstructions& instructions);

}  // namespace ergon
