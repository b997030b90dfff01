#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ergon {

// Element types. Sixteen-bit values are kept as their bits: g++ 12 has no __bf16, clang 14 no
// _Float16.
enum class Dtype : std::uint8_t { f64, f32, tf32, f16, bf16, f8e4m3, f8e5m2, i32, i8, u8, i4 };

inline constexpr Dtype kDtypes[] = {Dtype::f64,  Dtype::f32,    Dtype::tf32,   Dtype::f16,
                                    Dtype::bf16, Dtype::f8e4m3, Dtype::f8e5m2, Dtype::i32,
                                    Dtype::i8,   Dtype::u8,     Dtype::i4};

// A dtype per role: what a kernel reads, sums in and writes.
struct Dtypes {
  Dtype a = Dtype::f32, b = Dtype::f32, accumulate = Dtype::f32, out = Dtype::f32;
  auto operator<=>(const Dtypes&) const = default;
};

[[nodiscard]] std::string_view dtype_name(Dtype);  // "f32"
[[nodiscard]] std::optional<Dtype> dtype_named(std::string_view);

// Bytes that `count` packed elements take; two i4 share a byte, tf32 is stored as f32.
[[nodiscard]] std::size_t dtype_bytes(Dtype, std::int64_t count);

// Half the distance from 1 to the next number (integers: 0).
[[nodiscard]] double dtype_epsilon(Dtype);

// Smallest normal number (integers: 0). Kernels may flush what is smaller to zero.
[[nodiscard]] double dtype_min_normal(Dtype);

// Rounds to nearest even (integers: to nearest, saturating) and packs; `to` holds
// dtype_bytes(dtype, from.size()) bytes. A number too large becomes infinity, NaN in f8e4m3.
void encode(Dtype, std::span<const double> from, std::byte* to);
void decode(Dtype, const std::byte* from, std::span<double> to);

}  // namespace ergon
