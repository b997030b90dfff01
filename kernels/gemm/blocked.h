#pragma once

#include "kernels/gemm/microkernel.h"
#include "kernels/kernel.h"

namespace ergon {

// GEMM in f32 on a set of microkernels: blocks of k and of b's columns for the caches, threads on a
// grid of blocks of c. Any shape; b plain or packed at bind; bias and GELU in the last block's
// store. `instructions` must outlive the launch. Scratch is allocated here, none in the launch.
[[nodiscard]] Launch bind_blocked_gemm(const Binding& binding,
                                       const GemmInstructions& instructions);

}  // namespace ergon
