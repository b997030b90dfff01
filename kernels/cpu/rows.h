#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/cpu/parts.h"
#include "kernels/kernel.h"

namespace ergon {

// A launch that calls f(begin, end) for the parts of `rows` rows: threads take equal numbers of
// whole rows, at least 4096 elements (1 to 2 us at the speed of L2) each.
template <class Function>
[[nodiscard]] Launch bind_rows(const Binding& binding, std::int64_t rows, std::int64_t row_elements,
                               Function f) {
  constexpr std::int64_t kElementsLeast = 4096;
  const int wanted = threads_worthwhile(rows * row_elements, kElementsLeast, binding.threads);
  const int members = static_cast<int>(std::min<std::int64_t>(wanted, rows));
  const int threads = binding.threads;
  prepare_team(threads);
  return [rows, members, threads, f] { over_parts(rows, 1, members, threads, f); };
}

// Operand `i` of a binding whose operand is of f32.
[[nodiscard]] inline float* floats_of(const Binding& binding, std::size_t i) {
  return reinterpret_cast<float*>(binding.operands[i].get());
}

}  // namespace ergon
