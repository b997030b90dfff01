#pragma once

#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/kernel.h"

namespace ergon {

// Softmax of `rows` packed rows of `columns` floats; serial.
using SoftmaxFunction = void (*)(const float* in, float* out, std::int64_t rows,
                                 std::int64_t columns);

// The same of bf16; `exponentials` holds `columns` floats, which are rounded only once divided.
using SoftmaxBf16Function = void (*)(const Bf16* in, Bf16* out, float* exponentials,
                                     std::int64_t rows, std::int64_t columns);

// And of floats that exceed the caches, with `exponentials` of `columns` floats beside.
using SoftmaxStreamFunction = void (*)(const float* in, float* out, float* exponentials,
                                       std::int64_t rows, std::int64_t columns);

// What a kernel has for floats.
struct SoftmaxFunctions {
  SoftmaxFunction near;          // operands come from a cache
  SoftmaxStreamFunction stream;  // from memory; null: the same
};

// Threads take equal numbers of whole rows, at least 4096 elements each: a row is never split.
[[nodiscard]] Launch bind_softmax(const Binding& binding, const SoftmaxFunctions& functions);
[[nodiscard]] Launch bind_softmax(const Binding& binding, SoftmaxBf16Function function);

}  // namespace ergon
