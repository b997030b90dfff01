#pragma once

// bf16 that are read and written as floats in q registers: to nearest, ties to even, as narrow() of
// kernels/bf16.h. Private: included after math/neon.inl.h and that header; avx512_narrow.inl.h has
// the same names.

inline Vector load(const Bf16* from) {
  return vreinterpretq_f32_u32(
      vshlq_n_u32(vmovl_u16(vld1_u16(reinterpret_cast<const std::uint16_t*>(from))), 16));
}
inline Vector load(const Bf16* from, Part lanes) {
  Bf16 rest[kLanes] = {};
  for (std::size_t i = 0; i < lanes.count; ++i) rest[i] = from[i];
  return load(rest);
}
inline Vector load(const Bf16* from, Part lanes, Vector other) {
  return select(lanes, load(from, lanes), other);
}
inline void store(Bf16* to, Vector v) {
  const uint32x4_t bits = vreinterpretq_u32_f32(v);
  const uint32x4_t upper = vshrq_n_u32(bits, 16);
  const uint32x4_t half = vaddq_u32(vandq_u32(upper, vdupq_n_u32(1)), vdupq_n_u32(0x7fff));
  const uint32x4_t rounded = vshrq_n_u32(vaddq_u32(bits, half), 16);
  const uint32x4_t quiet = vorrq_u32(upper, vdupq_n_u32(0x40));
  const uint32x4_t words = vbslq_u32(vceqq_f32(v, v), rounded, quiet);
  vst1_u16(reinterpret_cast<std::uint16_t*>(to), vmovn_u32(words));
}
inline void store(Bf16* to, Part lanes, Vector v) {
  Bf16 rest[kLanes];
  store(rest, v);
  for (std::size_t i = 0; i < lanes.count; ++i) to[i] = rest[i];
}
