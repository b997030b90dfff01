#pragma once

// Four integers of 32 bits in an xmm register: what sums_of gives of vectors of them. Private:
// included by avx2_narrow.inl.h and avx512_narrow.inl.h, in their region.

inline __m128i load_four(const std::int32_t* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}
inline void store(std::int32_t* to, __m128i v) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), v);
}
inline __m128i add(__m128i a, __m128i b) { return _mm_add_epi32(a, b); }
