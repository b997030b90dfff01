#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "kernels/bf16.h"
#include "kernels/cuda/f16.h"

// Conversions as the PTX ISA states them of cvt, in integer arithmetic; NaN becomes the one NaN
// that hardware gives.
namespace ergon::model {

inline float widen(float value) { return value; }
// Multiplying by 2^112 moves the exponent's bias from 15 to 127, and normalises subnormals.
inline float widen(F16 value) {
  const std::uint32_t bits = static_cast<std::uint16_t>(value);
  const std::uint32_t sign = (bits & 0x8000U) << 16;
  const std::uint32_t magnitude = (bits & 0x7fffU) << 13;
  if (magnitude >= 0x0f800000U) {
    return std::bit_cast<float>(magnitude == 0x0f800000U ? sign | 0x7f800000U : 0x7fffffffU);
  }
  const float scaled = std::bit_cast<float>(magnitude) * 0x1p112F;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(scaled) | sign);
}
using ::ergon::widen;  // of Bf16, which argument-dependent lookup finds as well

template <class Element>
inline Element narrow_to(float value);
template <>
inline float narrow_to<float>(float value) {
  return value;
}
// Below 2^-14, adding 0.5 rounds at 2^-24, the distance of subnormal halves. Above, what is cut off
// is rounded by adding just under half of it, or half where the last bit kept is odd.
template <>
inline F16 narrow_to<F16>(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000U;
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  if (magnitude > 0x7f800000U) return static_cast<F16>(0x7fff);
  if (magnitude >= 0x47800000U) return static_cast<F16>(sign | 0x7c00U);
  if (magnitude < 0x38800000U) {
    const float rounded = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<F16>(sign | (std::bit_cast<std::uint32_t>(rounded) - 0x3f000000U));
  }
  const std::uint32_t rounded = magnitude - 0x38000000U + 0xfffU + ((magnitude >> 13) & 1U);
  return static_cast<F16>(sign | (rounded >> 13));
}
template <>
inline Bf16 narrow_to<Bf16>(float value) {
  if (std::isnan(value)) return static_cast<Bf16>(0x7fff);
  return narrow(value);
}

template <class Element>
inline std::uint32_t pack(float low, float high) {
  const auto bits = [](float value) {
    return static_cast<std::uint32_t>(static_cast<std::uint16_t>(narrow_to<Element>(value)));
  };
  return bits(low) | bits(high) << 16;
}
template <class Element>
inline float low_half(std::uint32_t pair) {
  return widen(static_cast<Element>(static_cast<std::uint16_t>(pair)));
}
template <class Element>
inline float high_half(std::uint32_t pair) {
  return widen(static_cast<Element>(static_cast<std::uint16_t>(pair >> 16)));
}

// What mma reads of a tf32 operand.
inline float truncate_tf32(std::uint32_t bits) { return std::bit_cast<float>(bits & 0xffffe000U); }
// Adding half of what is cut off rounds ties away from zero.
inline std::uint32_t round_tf32_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  if (magnitude > 0x7f800000U) return 0x7fffffffU;
  if (magnitude == 0x7f800000U) return bits;
  return (bits + 0x1000U) & 0xffffe000U;
}

// `exact` off by `error` relative to it, upwards or downwards as bits of it say. Approximations err
// as much as they may, so that a kernel that needs better ones is found; zeros, infinities and NaN
// stay.
inline float blurred(double exact, double error) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(exact));
  const bool up = ((bits * 0x9e3779b1U) >> 31) != 0;
  return static_cast<float>(exact * (up ? 1 + error : 1 - error));
}
// A unit in the last place is from 2^-24 to 2^-23 of a number; rounding adds half of one.
inline constexpr double kOneUlp = 0x1p-25;
inline constexpr double kTwoUlp = 0x1.8p-24;

inline float flush(float value) {
  return std::abs(value) < std::numeric_limits<float>::min() ? std::copysign(0.0F, value) : value;
}

}  // namespace ergon::model
