#pragma once

// Sixteen floats in a zmm register. Private: included inside a namespace and an AVX-512 target
// region, after every other header; avx2.inl.h has the same names, so that the algorithms in
// *.inl.h are written once.

using Vector = __m512;
using Part = __mmask16;  // the first lanes of a vector
constexpr std::size_t kLanes = 16;

inline Vector set(float value) { return _mm512_set1_ps(value); }
inline Vector load(const float* from) { return _mm512_loadu_ps(from); }
inline void store(float* to, Vector v) { _mm512_storeu_ps(to, v); }
// A load that the compiler must not fold into each instruction that uses it.
inline Vector load_once(Vector v) {
  __asm__("" : "+v"(v));
  return v;
}
inline void stream(float* to, Vector v) { _mm512_stream_ps(to, v); }  // to: 64-byte aligned
inline void finish_streams() { _mm_sfence(); }

inline void prefetch(const float* line) {
  _mm_prefetch(reinterpret_cast<const char*>(line), _MM_HINT_T0);
}

// std::min would be instantiated in this region, and its code shared with the rest of the program.
inline std::size_t smaller(std::size_t a, std::size_t b) { return a < b ? a : b; }

// count: 0 .. kLanes. Lanes beyond are neither read nor written, and load as `other`.
inline Part part(std::size_t count) { return static_cast<Part>((1U << count) - 1U); }
inline Vector load(const float* from, Part lanes, Vector other) {
  return _mm512_mask_loadu_ps(other, lanes, from);
}
inline Vector load(const float* from, Part lanes) { return _mm512_maskz_loadu_ps(lanes, from); }
inline void store(float* to, Part lanes, Vector v) { _mm512_mask_storeu_ps(to, lanes, v); }
inline Vector select(Part lanes, Vector in, Vector beyond) {
  return _mm512_mask_blend_ps(lanes, beyond, in);
}

inline Vector add(Vector a, Vector b) { return _mm512_add_ps(a, b); }
inline Vector sub(Vector a, Vector b) { return _mm512_sub_ps(a, b); }
inline Vector mul(Vector a, Vector b) { return _mm512_mul_ps(a, b); }
inline Vector fma(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
inline Vector div(Vector a, Vector b) { return _mm512_div_ps(a, b); }
inline float root(float a) { return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(a))); }
inline Vector max(Vector a, Vector b) { return _mm512_max_ps(a, b); }  // b where one is NaN
inline Vector min(Vector a, Vector b) { return _mm512_min_ps(a, b); }  // likewise

// a where |a| <= |bound|, else bound with the sign of a (vrangeps: smaller magnitude, sign of a).
inline Vector clamp_magnitude(Vector a, Vector bound) { return _mm512_range_ps(a, bound, 2); }

inline float first_of(Vector v) { return _mm512_cvtss_f32(v); }
inline float sum_of(Vector v) { return _mm512_reduce_add_ps(v); }
inline float max_of(Vector v) { return _mm512_reduce_max_ps(v); }

// Four sums for little more than the price of one: halves of each are joined before they are added.
using Four = __m128;
inline Four sums_of(Vector a, Vector b, Vector c, Vector d) {
  const Vector ab = add(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
  const Vector cd = add(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
  const Vector quarters = add(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xEE));
  const __m256 halves =
      _mm256_add_ps(_mm512_castps512_ps256(quarters), _mm512_extractf32x8_ps(quarters, 1));
  return _mm_add_ps(_mm256_castps256_ps128(halves), _mm256_extractf128_ps(halves, 1));
}
inline Four load_four(const float* from) { return _mm_loadu_ps(from); }
inline void store(float* to, Four v) { _mm_storeu_ps(to, v); }
inline Four add(Four a, Four b) { return _mm_add_ps(a, b); }

// t = whole + fraction, fraction in [-0.5, 0.5]; scale(p, whole) is p 2^whole. Right for t in
// [-160, 128].
struct Split {
  Vector fraction;
  Vector whole;
};
constexpr float kExponentMin = -160;  // 2^-160 is 0 even where subnormals are kept
inline Split split(Vector t) {
  const Vector whole = _mm512_roundscale_ps(t, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return {sub(t, whole), whole};
}
inline Vector scale(Vector p, Vector whole) { return _mm512_scalef_ps(p, whole); }

// rows[i][j] <-> rows[j][i].
inline void transpose(Vector (&rows)[kLanes]) {
  __m512 t[16];
  for (int i = 0; i < 8; ++i) {  // pairs of rows: 2 x 2 blocks
    t[2 * i] = _mm512_unpacklo_ps(rows[2 * i], rows[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_ps(rows[2 * i], rows[2 * i + 1]);
  }
  for (int i = 0; i < 4; ++i) {  // 4 x 4 blocks: rows[4 i + j] has columns j, j + 4, j + 8, j + 12
    rows[4 * i] = _mm512_shuffle_ps(t[4 * i], t[4 * i + 2], 0x44);
    rows[4 * i + 1] = _mm512_shuffle_ps(t[4 * i], t[4 * i + 2], 0xEE);
    rows[4 * i + 2] = _mm512_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0x44);
    rows[4 * i + 3] = _mm512_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0xEE);
  }
  for (int j = 0; j < 4; ++j) {  // quarters of 128 bits
    t[j] = _mm512_shuffle_f32x4(rows[j], rows[4 + j], 0x88);
    t[4 + j] = _mm512_shuffle_f32x4(rows[j], rows[4 + j], 0xDD);
    t[8 + j] = _mm512_shuffle_f32x4(rows[8 + j], rows[12 + j], 0x88);
    t[12 + j] = _mm512_shuffle_f32x4(rows[8 + j], rows[12 + j], 0xDD);
  }
  for (int j = 0; j < 8; ++j) {
    rows[j] = _mm512_shuffle_f32x4(t[j], t[8 + j], 0x88);
    rows[8 + j] = _mm512_shuffle_f32x4(t[j], t[8 + j], 0xDD);
  }
}
