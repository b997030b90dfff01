#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/config/point.h"
#include "kernels/device.h"
#include "kernels/problem.h"

namespace ergon {

// The packed bytes of every operand, in order; of the output, bytes that are no number.
struct OperandBytes {
  std::vector<std::vector<std::byte>> bytes;
  double zero_fraction = 0;  // of all numbers of inputs and weights, as stored; indices are none
};

// Numbers as the fill says; integers take their dtype's range where it says uniform, sparse or
// normal. Values depend on the seed, the operand's place and the element's index alone: not on
// threads, the machine or the standard library's generators. Indices are uniform over their range
// whatever the fill: it says what numbers hold.
[[nodiscard]] OperandBytes fill_operands(const Problem& problem, const Fill& fill);

// Copies of all operands that a point rotates: one where it is warm; where it is cold, at least two
// and in all at least twice the last-level cache, so that each launch finds its own in memory; four
// times on a GPU, which need not replace the oldest lines first.
[[nodiscard]] std::int64_t count_operand_sets(const OperandBytes& operands, bool cold,
                                              std::span<const CacheLevel> caches,
                                              DeviceKind kind = DeviceKind::cpu);

}  // namespace ergon
