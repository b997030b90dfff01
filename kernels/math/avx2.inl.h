#pragma once

// Eight floats in a ymm register. Private: included inside a namespace and an AVX2 target region,
// after every other header; avx512.inl.h has the same names.

using Vector = __m256;
using Part = __m256i;  // all bits of the first lanes
constexpr std::size_t kLanes = 8;

inline Vector set(float value) { return _mm256_set1_ps(value); }
inline Vector load(const float* from) { return _mm256_loadu_ps(from); }
inline void store(float* to, Vector v) { _mm256_storeu_ps(to, v); }
// A load that the compiler must not fold into each instruction that uses it.
inline Vector load_once(Vector v) {
  __asm__("" : "+x"(v));
  return v;
}
inline void stream(float* to, Vector v) { _mm256_stream_ps(to, v); }  // to: 32-byte aligned
inline void finish_streams() { _mm_sfence(); }

inline void prefetch(const float* line) {
  _mm_prefetch(reinterpret_cast<const char*>(line), _MM_HINT_T0);
}

// std::min would be instantiated in this region, and its code shared with the rest of the program.
inline std::size_t smaller(std::size_t a, std::size_t b) { return a < b ? a : b; }

// count: 0 .. kLanes. Lanes beyond are neither read nor written, and load as `other`.
inline Part part(std::size_t count) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lane);
}
inline Vector select(Part lanes, Vector in, Vector beyond) {
  return _mm256_blendv_ps(beyond, in, _mm256_castsi256_ps(lanes));
}
inline Vector load(const float* from, Part lanes) { return _mm256_maskload_ps(from, lanes); }
inline Vector load(const float* from, Part lanes, Vector other) {
  return select(lanes, load(from, lanes), other);
}
inline void store(float* to, Part lanes, Vector v) { _mm256_maskstore_ps(to, lanes, v); }

inline Vector add(Vector a, Vector b) { return _mm256_add_ps(a, b); }
inline Vector sub(Vector a, Vector b) { return _mm256_sub_ps(a, b); }
inline Vector mul(Vector a, Vector b) { return _mm256_mul_ps(a, b); }
inline Vector fma(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
inline Vector div(Vector a, Vector b) { return _mm256_div_ps(a, b); }
inline float root(float a) { return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(a))); }
inline Vector max(Vector a, Vector b) { return _mm256_max_ps(a, b); }  // b where one is NaN
inline Vector min(Vector a, Vector b) { return _mm256_min_ps(a, b); }  // likewise

// a where |a| <= bound, else bound with the sign of a; bound > 0.
inline Vector clamp_magnitude(Vector a, Vector bound) {
  return _mm256_max_ps(sub(_mm256_setzero_ps(), bound), _mm256_min_ps(bound, a));
}

inline float first_of(Vector v) { return _mm256_cvtss_f32(v); }
inline float sum_of(Vector v) {
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}
inline float max_of(Vector v) {
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}

// Four sums for little more than the price of one: halves of each are joined before they are added.
using Four = __m128;
inline Four sums_of(Vector a, Vector b, Vector c, Vector d) {
  const Vector ab = add(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
  const Vector cd = add(_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
  const Vector halves = add(_mm256_shuffle_ps(ab, cd, 0x44), _mm256_shuffle_ps(ab, cd, 0xEE));
  return _mm_add_ps(_mm256_castps256_ps128(halves), _mm256_extractf128_ps(halves, 1));
}
inline Four load_four(const float* from) { return _mm_loadu_ps(from); }
inline void store(float* to, Four v) { _mm_storeu_ps(to, v); }
inline Four add(Four a, Four b) { return _mm_add_ps(a, b); }

// t = whole + fraction, fraction in [-0.5, 0.5]; scale(p, power) is p 2^whole. Right for t in
// [-127, 128]. Adding 1.5 2^23 rounds t to a whole number in the low bits of the significand;
// 127 more makes those bits the exponent field of 2^whole, which is 0 for whole = -127.
struct Split {
  Vector fraction;
  Vector whole;  // bits: whole + 127 in the low bits
};
constexpr float kExponentMin = -127;
inline Split split(Vector t) {
  const Vector shift = set(0x1.8p23F + 127);
  const Vector shifted = add(t, shift);
  return {sub(t, sub(shifted, shift)), shifted};
}
inline Vector scale(Vector p, Vector whole) {
  return mul(p, _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(whole), 23)));
}

// rows[i][j] <-> rows[j][i].
inline void transpose(Vector (&rows)[kLanes]) {
  __m256 t[8];
  for (int i = 0; i < 4; ++i) {  // pairs of rows: 2 x 2 blocks
    t[2 * i] = _mm256_unpacklo_ps(rows[2 * i], rows[2 * i + 1]);
    t[2 * i + 1] = _mm256_unpackhi_ps(rows[2 * i], rows[2 * i + 1]);
  }
  for (int i = 0; i < 2; ++i) {  // 4 x 4 blocks: rows[4 i + j] has columns j and j + 4
    rows[4 * i] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0x44);
    rows[4 * i + 1] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0xEE);
    rows[4 * i + 2] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0x44);
    rows[4 * i + 3] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0xEE);
  }
  for (int j = 0; j < 4; ++j) {  // halves of 128 bits
    t[j] = _mm256_permute2f128_ps(rows[j], rows[4 + j], 0x20);
    t[4 + j] = _mm256_permute2f128_ps(rows[j], rows[4 + j], 0x31);
  }
  for (int j = 0; j < 8; ++j) rows[j] = t[j];
}
