#pragma once

// Four floats in a q register. Private: included inside a namespace, after <arm_neon.h> and every
// other header; avx512.inl.h has the same names. NEON is a part of every ARMv8-A, so that there are
// no target regions.

using Vector = float32x4_t;
constexpr std::size_t kLanes = 4;

// The first lanes of a vector.
struct Part {
  std::size_t count;
};

inline Vector set(float value) { return vdupq_n_f32(value); }
inline Vector load(const float* from) { return vld1q_f32(from); }
inline void store(float* to, Vector v) { vst1q_f32(to, v); }

// A load that the compiler must not fold into each instruction that uses it.
inline Vector load_once(Vector v) {
  __asm__("" : "+w"(v));
  return v;
}
// No store of NEON passes the caches by.
inline void stream(float* to, Vector v) { store(to, v); }
inline void finish_streams() {}

inline void prefetch(const float* line) { __builtin_prefetch(line); }

inline std::size_t smaller(std::size_t a, std::size_t b) { return a < b ? a : b; }

// count: 0 .. kLanes. Lanes beyond are neither read nor written, and load as `other`. There are no
// masks: what is not all lanes goes through the stack.
inline Part part(std::size_t count) { return {count}; }
inline Vector select(Part lanes, Vector in, Vector beyond) {
  constexpr std::uint32_t kLane[kLanes] = {0, 1, 2, 3};
  const auto count = static_cast<std::uint32_t>(lanes.count);
  return vbslq_f32(vcgtq_u32(vdupq_n_u32(count), vld1q_u32(kLane)), in, beyond);
}
inline Vector load(const float* from, Part lanes) {
  if (lanes.count == kLanes) return load(from);
  float rest[kLanes] = {};
  for (std::size_t i = 0; i < lanes.count; ++i) rest[i] = from[i];
  return load(rest);
}
inline Vector load(const float* from, Part lanes, Vector other) {
  return select(lanes, load(from, lanes), other);
}
inline void store(float* to, Part lanes, Vector v) {
  if (lanes.count == kLanes) return store(to, v);
  float rest[kLanes];
  store(rest, v);
  for (std::size_t i = 0; i < lanes.count; ++i) to[i] = rest[i];
}

inline Vector add(Vector a, Vector b) { return vaddq_f32(a, b); }
inline Vector sub(Vector a, Vector b) { return vsubq_f32(a, b); }
inline Vector mul(Vector a, Vector b) { return vmulq_f32(a, b); }
inline Vector fma(Vector a, Vector b, Vector c) { return vfmaq_f32(c, a, b); }
inline Vector div(Vector a, Vector b) { return vdivq_f32(a, b); }
inline float root(float a) { return vgetq_lane_f32(vsqrtq_f32(set(a)), 0); }
// b where one is NaN, as on x86.
inline Vector max(Vector a, Vector b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
inline Vector min(Vector a, Vector b) { return vbslq_f32(vcltq_f32(a, b), a, b); }

// a where |a| <= bound, else bound with the sign of a; bound > 0.
inline Vector clamp_magnitude(Vector a, Vector bound) {
  return max(vnegq_f32(bound), min(bound, a));
}

inline float first_of(Vector v) { return vgetq_lane_f32(v, 0); }
inline float sum_of(Vector v) { return vaddvq_f32(v); }
inline float max_of(Vector v) { return vmaxvq_f32(v); }

// Four sums for little more than the price of one. Four floats are a Vector here.
using Four = Vector;
inline Four sums_of(Vector a, Vector b, Vector c, Vector d) {
  return vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, d));
}
inline Four load_four(const float* from) { return load(from); }

// t = whole + fraction, as in avx2.inl.h.
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
  return mul(p, vreinterpretq_f32_s32(vshlq_n_s32(vreinterpretq_s32_f32(whole), 23)));
}

// rows[i][j] <-> rows[j][i].
inline void transpose(Vector (&rows)[kLanes]) {
  const float32x4x2_t low = vtrnq_f32(rows[0], rows[1]);  // columns 0 and 2, 1 and 3
  const float32x4x2_t high = vtrnq_f32(rows[2], rows[3]);
  for (int j = 0; j < 2; ++j) {
    rows[j] = vcombine_f32(vget_low_f32(low.val[j]), vget_low_f32(high.val[j]));
    rows[2 + j] = vcombine_f32(vget_high_f32(low.val[j]), vget_high_f32(high.val[j]));
  }
}
