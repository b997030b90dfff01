#pragma once

#include <bit>
#include <cstdint>

namespace ergon {

// A bf16: the upper half of an f32. Only its bits; what computes widens it first.
enum class Bf16 : std::uint16_t {};

[[nodiscard]] constexpr float widen(Bf16 value) {
  return std::bit_cast<float>(std::uint32_t{static_cast<std::uint16_t>(value)} << 16);
}

// To nearest, ties to even; NaN stays NaN, quiet.
[[nodiscard]] constexpr Bf16 narrow(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) return static_cast<Bf16>((bits >> 16) | 0x40U);
  return static_cast<Bf16>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

}  // namespace ergon
