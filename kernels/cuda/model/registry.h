#pragma once

#include <span>

#include "kernels/kernel.h"

// The CUDA kernels as the functional model runs them, kernels/<primitive>/cuda_*.cu.
namespace ergon::model_kernel {

[[nodiscard]] std::span<const Kernel* const> all();

}  // namespace ergon::model_kernel
