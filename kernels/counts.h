#pragma once

#include <cstdint>
#include <initializer_list>
#include <numeric>
#include <string>

#include "kernels/problem.h"

namespace ergon {

// For Primitive::invalid: a reason where the product of the extents, each >= 1, exceeds 2^54, so
// that counts of flops and bytes made from it stay within 63 bits; else empty.
[[nodiscard]] inline std::string extents_too_large(std::initializer_list<std::int64_t> extents) {
  std::int64_t product = 1;
  for (const std::int64_t extent : extents) {
    if (__builtin_mul_overflow(product, extent, &product) || product > (std::int64_t{1} << 54)) {
      return "the product of the extents is over 2^54";
    }
  }
  return {};
}

// Work of bytes alone: every input and weight read once, the output written once.
[[nodiscard]] inline Work bytes_of_operands(const Problem& problem) {
  Work counted;
  for (const Operand& operand : problem.primitive->operands(problem)) {
    const auto bytes = static_cast<std::int64_t>(dtype_bytes(operand.dtype, operand.elements()));
    (operand.role == Role::output ? counted.bytes_written : counted.bytes_read) += bytes;
  }
  return counted;
}

// For Primitive::slices where every element is computed alone: the largest power of two, up to
// 1024, that divides the axis `elements` is the length of a slice.
[[nodiscard]] inline std::int64_t slices_of_elements(const Problem& problem) {
  const std::int64_t elements = problem.extent("elements");
  return elements / std::gcd(elements, std::int64_t{1024});
}

}  // namespace ergon
