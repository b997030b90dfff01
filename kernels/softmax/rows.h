#pragma once

#include <cstdint>

#include "kernels/kernel.h"

namespace ergon {

// Softmax of `rows` packed rows of `columns` floats; serial.
using SoftmaxFunction = void (*)(const float* in, float* out, std::int64_t rows,
                                 std::int64_t columns);

// Threads take equal numbers of whole rows, at least 4096 elements each: a row is never split.
[[nodiscard]] Launch bind_softmax(const Binding& binding, SoftmaxFunction function);

}  // namespace ergon
