#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/kernel.h"

namespace ergon {

// What a kernel makes of these inputs (floats, in the order of the operands) on the CPU.
[[nodiscard]] std::vector<float> launch_once(const Kernel& kernel, const Problem& problem,
                                             const std::vector<std::vector<float>>& inputs,
                                             int threads);

// Calls f for each kernel of the primitive that this machine can run and that takes f32, with its
// id as a trace.
void for_each_kernel(std::string_view primitive, const std::function<void(const Kernel&)>& f);

}  // namespace ergon
