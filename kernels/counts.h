#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

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

}  // namespace ergon
