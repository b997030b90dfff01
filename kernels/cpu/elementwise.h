#pragma once

#include <cstdint>
#include <string>

#include "kernels/kernel.h"

namespace ergon {

// out[i] = f(in[i]) for `count` packed floats; serial, with the instructions of one target region.
using ElementwiseFunction = void (*)(const float* in, float* out, std::int64_t count);

// out[i] = f(first[i], second[i]), likewise.
using PairFunction = void (*)(const float* first, const float* second, float* out,
                              std::int64_t count);

// For primitives with one axis "elements" and f32 operands, one or two inputs and out: the threads
// take equal contiguous parts that begin at cache lines, at least 4096 elements each.
[[nodiscard]] Launch bind_elementwise(const Binding& binding, ElementwiseFunction function);
[[nodiscard]] Launch bind_elementwise(const Binding& binding, PairFunction function);

// All but f32, and packed weights.
[[nodiscard]] std::string refuse_but_f32(const Problem& problem, bool weights_packed);

// The same, and what costs a plain loop more than kReferenceFlopsMax: for `reference` kernels.
[[nodiscard]] std::string refuse_reference(const Problem& problem, bool weights_packed);

}  // namespace ergon
