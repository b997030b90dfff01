#pragma once

// Rounding to bf16 in one instruction, to nearest, ties to even; it takes subnormals for zero.
// Private: included after math/avx512.inl.h, in a region with avx512bf16.
inline __m256i round_to_bf16(Vector v) { return (__m256i)_mm512_cvtneps_pbh(v); }
