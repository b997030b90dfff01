#pragma once

// Elements narrower than their sums, in ymm registers: eight words of 32 bits, each an integer, two
// bf16 or four bytes; and bf16 that are read and written as floats. Private: included after
// math/avx2.inl.h and kernels/bf16.h, in the same region; avx512_narrow.inl.h has the same names.

using Words = __m256i;
constexpr int kVectorBytes = 32;

inline Words load_words(const std::byte* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}
inline Words broadcast_word(const std::byte* from) {
  std::int32_t word;
  __builtin_memcpy(&word, from, sizeof word);
  return _mm256_set1_epi32(word);
}
inline void store_words(std::byte* to, Words w) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), w);
}

inline Words zero_words() { return _mm256_setzero_si256(); }
inline Words add(Words a, Words b) { return _mm256_add_epi32(a, b); }
inline Words either(Words a, Words b) { return _mm256_or_si256(a, b); }
inline Words mask_words(Words a, std::uint32_t mask) {
  return _mm256_and_si256(a, _mm256_set1_epi32(static_cast<int>(mask)));
}
template <int kBits>
inline Words shift_left(Words a) {
  return _mm256_slli_epi32(a, kBits);
}
template <int kBits>
inline Words shift_right(Words a) {
  return _mm256_srli_epi32(a, kBits);
}

// Eight elements, one a word, zeros above.
inline Words widen_halves(const std::byte* from) {
  return _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}
inline Words widen_bytes(const std::byte* from) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
}

// The bytes of even and odd places of a word as its two halves, with and without their sign.
inline Words even_unsigned(Words a) { return mask_words(a, 0x00ff00ffU); }
inline Words odd_unsigned(Words a) { return _mm256_srli_epi16(a, 8); }
inline Words even_signed(Words a) { return _mm256_srai_epi16(_mm256_slli_epi16(a, 8), 8); }
inline Words odd_signed(Words a) { return _mm256_srai_epi16(a, 8); }
// Per word the sum of the products of its halves.
inline Words multiply_halves(Words a, Words b) { return _mm256_madd_epi16(a, b); }

inline Vector as_floats(Words a) { return _mm256_castsi256_ps(a); }
inline Words as_words(Vector a) { return _mm256_castps_si256(a); }
inline Vector convert(Words a) { return _mm256_cvtepi32_ps(a); }

inline Words load(const std::int32_t* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}
inline Words load(const std::int32_t* from, Part lanes) {
  return _mm256_maskload_epi32(from, lanes);
}
inline void store(std::int32_t* to, Words a) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), a);
}
inline void store(std::int32_t* to, Part lanes, Words a) { _mm256_maskstore_epi32(to, lanes, a); }
inline std::int32_t sum_of(Words a) {
  __m128i four = _mm_add_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
  return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1)));
}
#include "kernels/math/four_words.inl.h"
// As sums_of floats.
inline __m128i sums_of(Words a, Words b, Words c, Words d) {
  const Words ab = add(_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
  const Words cd = add(_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
  const Words halves = add(_mm256_unpacklo_epi64(ab, cd), _mm256_unpackhi_epi64(ab, cd));
  return _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
}

// To nearest, ties to even, as narrow() of kernels/bf16.h.
inline __m128i round_to_bf16(Vector v) {
  const Words bits = as_words(v);
  const Words upper = shift_right<16>(bits);
  const Words half = add(mask_words(upper, 1), _mm256_set1_epi32(0x7fff));
  const Words rounded = shift_right<16>(add(bits, half));
  const Words quiet = either(upper, _mm256_set1_epi32(0x40));
  const Words nan = as_words(_mm256_cmp_ps(v, v, _CMP_UNORD_Q));
  const Words words = _mm256_blendv_epi8(rounded, quiet, nan);
  return _mm_packus_epi32(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
}

// There are no masked halves: what is not all lanes goes through 16 bytes on the stack.
inline std::size_t bytes_of_halves(Part lanes) {
  const int bits = _mm256_movemask_ps(_mm256_castsi256_ps(lanes));
  return 2 * static_cast<std::size_t>(__builtin_popcount(static_cast<unsigned>(bits)));
}
inline Vector load(const Bf16* from) {
  return as_floats(shift_left<16>(widen_halves(reinterpret_cast<const std::byte*>(from))));
}
inline Vector load(const Bf16* from, Part lanes) {
  Bf16 halves[kLanes] = {};
  __builtin_memcpy(halves, from, bytes_of_halves(lanes));
  return load(halves);
}
inline Vector load(const Bf16* from, Part lanes, Vector other) {
  return select(lanes, load(from, lanes), other);
}
inline void store(Bf16* to, Vector v) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), round_to_bf16(v));
}
inline void store(Bf16* to, Part lanes, Vector v) {
  Bf16 halves[kLanes];
  store(halves, v);
  __builtin_memcpy(to, halves, bytes_of_halves(lanes));
}
