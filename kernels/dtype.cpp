#include "kernels/dtype.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace ergon {
namespace {

// A binary floating-point format of at most 32 bits: sign, exponent, fraction. IEEE formats keep
// the highest exponent for infinity and NaN; e4m3 (OCP 8-bit floating point, 2023) has no infinity
// and one NaN, all bits set, so a number too large becomes that NaN.
struct Format {
  int exponent_bits;
  int fraction_bits;
  bool infinity;

  [[nodiscard]] constexpr int bias() const { return (1 << (exponent_bits - 1)) - 1; }
  [[nodiscard]] constexpr std::uint32_t sign() const {
    return std::uint32_t{1} << (exponent_bits + fraction_bits);
  }
  [[nodiscard]] constexpr std::uint32_t infinity_bits() const {
    return ((std::uint32_t{1} << exponent_bits) - 1) << fraction_bits;
  }
  [[nodiscard]] constexpr std::uint32_t nan_bits() const {
    return infinity ? infinity_bits() | (std::uint32_t{1} << (fraction_bits - 1)) : sign() - 1;
  }
};

constexpr Format kF32 = {8, 23, true};
constexpr Format kTf32 = {8, 10, true};
constexpr Format kF16 = {5, 10, true};
constexpr Format kBf16 = {8, 7, true};
constexpr Format kF8e4m3 = {4, 3, false};
constexpr Format kF8e5m2 = {5, 2, true};

// Works on doubles whose exponent is in the normal range only, so flush-to-zero mode, which team
// threads run in, changes nothing here.
std::uint32_t to_bits(const Format& format, double value) {
  const std::uint32_t sign = std::signbit(value) ? format.sign() : 0;
  if (std::isnan(value)) return sign | format.nan_bits();
  const std::uint32_t too_large = format.infinity ? format.infinity_bits() : format.nan_bits();
  if (std::isinf(value)) return sign | too_large;
  const double magnitude = std::fabs(value);
  const int exponent_min = 1 - format.bias();
  // The exponent of the format's grid at this magnitude; subnormals share the smallest normal's.
  const int exponent = std::max(magnitude > 0 ? std::ilogb(magnitude) : exponent_min, exponent_min);
  // nearbyint rounds half to even in the default mode; the product is exact.
  const double units = std::nearbyint(std::ldexp(magnitude, format.fraction_bits - exponent));
  // Adding units to the exponent field lets a fraction that rounds up carry into the exponent.
  const std::int64_t bits =
      (static_cast<std::int64_t>(exponent - exponent_min) << format.fraction_bits) +
      static_cast<std::int64_t>(units);
  return sign | static_cast<std::uint32_t>(std::min<std::int64_t>(bits, too_large));
}

double from_bits(const Format& format, std::uint32_t bits) {
  const double sign = (bits & format.sign()) != 0 ? -1.0 : 1.0;
  const std::uint32_t magnitude = bits & (format.sign() - 1);
  if (format.infinity && magnitude >= format.infinity_bits()) {
    return magnitude == format.infinity_bits() ? sign * std::numeric_limits<double>::infinity()
                                               : std::numeric_limits<double>::quiet_NaN();
  }
  if (!format.infinity && magnitude == format.nan_bits()) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const int field = static_cast<int>(magnitude >> format.fraction_bits);
  const std::uint32_t fraction = magnitude & ((std::uint32_t{1} << format.fraction_bits) - 1);
  const std::uint32_t hidden = field > 0 ? std::uint32_t{1} << format.fraction_bits : 0;
  return sign * std::ldexp(static_cast<double>(fraction + hidden),
                           std::max(field, 1) - format.bias() - format.fraction_bits);
}

// The conversion instructions are right for normal numbers and much faster than the general way;
// they flush subnormals in team threads.
void encode_f32(std::span<const double> from, std::byte* to) {
  for (const double value : from) {
    auto rounded = static_cast<float>(value);
    if (!(std::fabs(rounded) > std::numeric_limits<float>::min()) && value != 0) {
      rounded = std::bit_cast<float>(to_bits(kF32, value));
    }
    std::memcpy(to, &rounded, sizeof rounded);
    to += sizeof rounded;
  }
}

void decode_f32(const std::byte* from, std::span<double> to) {
  for (double& value : to) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, from, sizeof bits);
    from += sizeof bits;
    const bool subnormal = (bits & kF32.infinity_bits()) == 0;
    value = subnormal ? from_bits(kF32, bits) : static_cast<double>(std::bit_cast<float>(bits));
  }
}

// Word holds the format's bits from its highest bit down: tf32 leaves f32's lowest 13 bits zero.
template <class Word>
void encode_format(const Format& format, std::span<const double> from, std::byte* to) {
  const int used = 1 + format.exponent_bits + format.fraction_bits;
  const int shift = static_cast<int>(8 * sizeof(Word)) - used;
  for (const double value : from) {
    const Word word = static_cast<Word>(to_bits(format, value) << shift);
    std::memcpy(to, &word, sizeof word);
    to += sizeof word;
  }
}

template <class Word>
void decode_format(const Format& format, const std::byte* from, std::span<double> to) {
  const int used = 1 + format.exponent_bits + format.fraction_bits;
  const int shift = static_cast<int>(8 * sizeof(Word)) - used;
  for (double& value : to) {
    Word word = 0;
    std::memcpy(&word, from, sizeof word);
    from += sizeof word;
    value = from_bits(format, static_cast<std::uint32_t>(word) >> shift);
  }
}

// To nearest, ties to even, saturating; NaN becomes 0 as no integer stands for it.
std::int64_t to_integer(double value, double lowest, double highest) {
  if (std::isnan(value)) return 0;
  return static_cast<std::int64_t>(std::clamp(std::nearbyint(value), lowest, highest));
}

template <class Integer>
void encode_integer(std::span<const double> from, std::byte* to) {
  for (const double value : from) {
    const auto word = static_cast<Integer>(to_integer(value, std::numeric_limits<Integer>::min(),
                                                      std::numeric_limits<Integer>::max()));
    std::memcpy(to, &word, sizeof word);
    to += sizeof word;
  }
}

template <class Number>
void decode_number(const std::byte* from, std::span<double> to) {
  for (double& value : to) {
    Number word = 0;
    std::memcpy(&word, from, sizeof word);
    from += sizeof word;
    value = static_cast<double>(word);
  }
}

// Two's complement; the even element in the low half of the byte, the last high half zero.
void encode_i4(std::span<const double> from, std::byte* to) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto bits = static_cast<unsigned>(to_integer(from[i], -8, 7)) & 15u;
    if (i % 2 == 0) {
      to[i / 2] = static_cast<std::byte>(bits);
    } else {
      to[i / 2] |= static_cast<std::byte>(bits << 4);
    }
  }
}

void decode_i4(const std::byte* from, std::span<double> to) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    const unsigned byte = std::to_integer<unsigned>(from[i / 2]);
    const int bits = static_cast<int>((i % 2 == 0 ? byte : byte >> 4) & 15u);
    to[i] = bits >= 8 ? bits - 16 : bits;
  }
}

}  // namespace

std::string_view dtype_name(Dtype dtype) {
  switch (dtype) {
    case Dtype::f64:
      return "f64";
    case Dtype::f32:
      return "f32";
    case Dtype::tf32:
      return "tf32";
    case Dtype::f16:
      return "f16";
    case Dtype::bf16:
      return "bf16";
    case Dtype::f8e4m3:
      return "f8e4m3";
    case Dtype::f8e5m2:
      return "f8e5m2";
    case Dtype::i32:
      return "i32";
    case Dtype::i8:
      return "i8";
    case Dtype::u8:
      return "u8";
    case Dtype::i4:
      return "i4";
  }
  return "";
}

std::optional<Dtype> dtype_named(std::string_view name) {
  for (const Dtype dtype : kDtypes) {
    if (dtype_name(dtype) == name) return dtype;
  }
  return std::nullopt;
}

std::size_t dtype_bytes(Dtype dtype, std::int64_t count) {
  const auto elements = static_cast<std::size_t>(count);
  switch (dtype) {
    case Dtype::f64:
      return 8 * elements;
    case Dtype::f32:
    case Dtype::tf32:
    case Dtype::i32:
      return 4 * elements;
    case Dtype::f16:
    case Dtype::bf16:
      return 2 * elements;
    case Dtype::f8e4m3:
    case Dtype::f8e5m2:
    case Dtype::i8:
    case Dtype::u8:
      return elements;
    case Dtype::i4:
      return (elements + 1) / 2;
  }
  return 0;
}

double dtype_epsilon(Dtype dtype) {
  switch (dtype) {
    case Dtype::f64:
      return 0x1p-53;
    case Dtype::f32:
      return 0x1p-24;
    case Dtype::tf32:
    case Dtype::f16:
      return 0x1p-11;
    case Dtype::bf16:
      return 0x1p-8;
    case Dtype::f8e4m3:
      return 0x1p-4;
    case Dtype::f8e5m2:
      return 0x1p-3;
    case Dtype::i32:
    case Dtype::i8:
    case Dtype::u8:
    case Dtype::i4:
      return 0;
  }
  return 0;
}

double dtype_min_normal(Dtype dtype) {
  switch (dtype) {
    case Dtype::f64:
      return 0x1p-1022;
    case Dtype::f32:
    case Dtype::tf32:
    case Dtype::bf16:
      return 0x1p-126;
    case Dtype::f16:
    case Dtype::f8e5m2:
      return 0x1p-14;
    case Dtype::f8e4m3:
      return 0x1p-6;
    case Dtype::i32:
    case Dtype::i8:
    case Dtype::u8:
    case Dtype::i4:
      return 0;
  }
  return 0;
}

void encode(Dtype dtype, std::span<const double> from, std::byte* to) {
  switch (dtype) {
    case Dtype::f64:
      if (!from.empty()) std::memcpy(to, from.data(), from.size_bytes());
      return;
    case Dtype::f32:
      return encode_f32(from, to);
    case Dtype::tf32:
      return encode_format<std::uint32_t>(kTf32, from, to);
    case Dtype::f16:
      return encode_format<std::uint16_t>(kF16, from, to);
    case Dtype::bf16:
      return encode_format<std::uint16_t>(kBf16, from, to);
    case Dtype::f8e4m3:
      return encode_format<std::uint8_t>(kF8e4m3, from, to);
    case Dtype::f8e5m2:
      return encode_format<std::uint8_t>(kF8e5m2, from, to);
    case Dtype::i32:
      return encode_integer<std::int32_t>(from, to);
    case Dtype::i8:
      return encode_integer<std::int8_t>(from, to);
    case Dtype::u8:
      return encode_integer<std::uint8_t>(from, to);
    case Dtype::i4:
      return encode_i4(from, to);
  }
}

void decode(Dtype dtype, const std::byte* from, std::span<double> to) {
  switch (dtype) {
    case Dtype::f64:
      return decode_number<double>(from, to);
    case Dtype::f32:
    case Dtype::tf32:
      return decode_f32(from, to);
    case Dtype::f16:
      return decode_format<std::uint16_t>(kF16, from, to);
    case Dtype::bf16:
      return decode_format<std::uint16_t>(kBf16, from, to);
    case Dtype::f8e4m3:
      return decode_format<std::uint8_t>(kF8e4m3, from, to);
    case Dtype::f8e5m2:
      return decode_format<std::uint8_t>(kF8e5m2, from, to);
    case Dtype::i32:
      return decode_number<std::int32_t>(from, to);
    case Dtype::i8:
      return decode_number<std::int8_t>(from, to);
    case Dtype::u8:
      return decode_number<std::uint8_t>(from, to);
    case Dtype::i4:
      return decode_i4(from, to);
  }
}

}  // namespace ergon
