#pragma once

// Elements narrower than their sums, in zmm registers: sixteen words of 32 bits, each an integer,
// two bf16 or four bytes; and bf16 that are read and written as floats. Private: included after
// math/avx512.inl.h and kernels/bf16.h, in the same region, with round_to_bf16 from
// avx512_round.inl.h or avx512_bf16_round.inl.h; avx2_narrow.inl.h has the same names.

using Words = __m512i;
constexpr int kVectorBytes = 64;

inline Words load_words(const std::byte* from) { return _mm512_loadu_si512(from); }
inline Words broadcast_word(const std::byte* from) {
  std::int32_t word;
  __builtin_memcpy(&word, from, sizeof word);
  return _mm512_set1_epi32(word);
}
inline void store_words(std::byte* to, Words w) { _mm512_storeu_si512(to, w); }

inline Words zero_words() { return _mm512_setzero_si512(); }
inline Words add(Words a, Words b) { return _mm512_add_epi32(a, b); }
inline Words either(Words a, Words b) { return _mm512_or_si512(a, b); }
inline Words mask_words(Words a, std::uint32_t mask) {
  return _mm512_and_si512(a, _mm512_set1_epi32(static_cast<int>(mask)));
}
template <int kBits>
inline Words shift_left(Words a) {
  return _mm512_slli_epi32(a, kBits);
}
template <int kBits>
inline Words shift_right(Words a) {
  return _mm512_srli_epi32(a, kBits);
}

// Sixteen elements, one a word, zeros above.
inline Words widen_halves(const std::byte* from) {
  return _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}
inline Words widen_bytes(const std::byte* from) {
  return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}

// The bytes of even and odd places of a word as its two halves, with and without their sign.
inline Words even_unsigned(Words a) { return mask_words(a, 0x00ff00ffU); }
inline Words odd_unsigned(Words a) { return _mm512_srli_epi16(a, 8); }
inline Words even_signed(Words a) { return _mm512_srai_epi16(_mm512_slli_epi16(a, 8), 8); }
inline Words odd_signed(Words a) { return _mm512_srai_epi16(a, 8); }
// Per word the sum of the products of its halves.
inline Words multiply_halves(Words a, Words b) { return _mm512_madd_epi16(a, b); }

inline Vector as_floats(Words a) { return _mm512_castsi512_ps(a); }
inline Words as_words(Vector a) { return _mm512_castps_si512(a); }
inline Vector convert(Words a) { return _mm512_cvtepi32_ps(a); }

inline Words load(const std::int32_t* from) { return _mm512_loadu_si512(from); }
inline Words load(const std::int32_t* from, Part lanes) {
  return _mm512_maskz_loadu_epi32(lanes, from);
}
inline void store(std::int32_t* to, Words a) { _mm512_storeu_si512(to, a); }
inline void store(std::int32_t* to, Part lanes, Words a) { _mm512_mask_storeu_epi32(to, lanes, a); }
inline std::int32_t sum_of(Words a) { return _mm512_reduce_add_epi32(a); }
#include "kernels/math/four_words.inl.h"
// As sums_of floats.
inline __m128i sums_of(Words a, Words b, Words c, Words d) {
  const Words ab = add(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  const Words cd = add(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
  const Words quarters = add(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
  const __m256i halves =
      _mm256_add_epi32(_mm512_castsi512_si256(quarters), _mm512_extracti64x4_epi64(quarters, 1));
  return _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
}

inline Vector widen(__m256i halves) {
  return as_floats(shift_left<16>(_mm512_cvtepu16_epi32(halves)));
}
inline Vector load(const Bf16* from) {
  return widen(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}
inline Vector load(const Bf16* from, Part lanes) {
  return widen(_mm256_maskz_loadu_epi16(lanes, from));
}
inline Vector load(const Bf16* from, Part lanes, Vector other) {
  return select(lanes, load(from, lanes), other);
}
inline void store(Bf16* to, Vector v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), round_to_bf16(v));
}
inline void store(Bf16* to, Part lanes, Vector v) {
  _mm256_mask_storeu_epi16(to, lanes, round_to_bf16(v));
}
