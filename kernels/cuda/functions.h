#pragma once

#include "kernels/cuda/lanes.h"

// GELU and SiLU on a GPU. At 4.3 TB/s and bf16, an H200's lanes have 27 instructions an element
// (132 multiprocessors x 128 lanes x 1.755 GHz / 1.08e12), its units of special functions 3.4
// results; so each is x times a logistic sigmoid, 1 / (1 + 2^t): one exp2, one reciprocal.
namespace ergon::ERGON_CUDA {

inline constexpr float kLog2E = 1.44269504F;

ERGON_LANE float times_sigmoid(float x, float t) { return x * reciprocal_fast(1 + exp2_fast(t)); }

// x / 2 (1 + erf(x / sqrt 2)) = x / (1 + 2^t), t = -log2(e) logit(Phi(x)) = x p(x^2). p is a
// minimax fit over |x| <= 5.25 for the error of the result relative to |x| / 2 (1 + |erf|)
// (Lawson's algorithm), 0.6 x 2^-24 of it; beyond, t goes on to fall, and Phi is 0 or 1 within
// 2^-23. All told within 8 x 2^-24. 12 instructions, two of them special functions; -inf gives NaN.
ERGON_LANE float gelu_erf(float x) {
  constexpr float kP[] = {-0x1.26aec8p+1F,  -0x1.ad68c6p-4F, 0x1.8f3836p-14F, 0x1.4dbc6cp-13F,
                          -0x1.7d4b12p-17F, 0x1.938ae6p-22F, -0x1.517d84p-28F};
  const float z = x * x;
  float p = kP[6];
  ERGON_UNROLL
  for (int i = 5; i >= 0; --i) p = fma(p, z, kP[i]);
  return times_sigmoid(x, x * p);
}

// x / 2 (1 + tanh(u)) = x / (1 + exp(-2 u)), u = sqrt(2 / pi) (x + 0.044715 x^3). Within 8 x 2^-24
// of |x| / 2 (1 + |tanh|).
ERGON_LANE float gelu_tanh(float x) {
  constexpr double kScale = -2 * 0.797884560802865356 * 1.442695040888963407;
  constexpr float kFirst = static_cast<float>(kScale);
  constexpr float kThird = static_cast<float>(kScale * 0.044715);
  return times_sigmoid(x, x * fma(kThird, x * x, kFirst));
}

// x / (1 + exp(-x)), of e = exp(-|x|), which is never above 1. Where e would be flushed to zero
// before x e is, 2^24 e is taken. Within 8 (1 + |x|) x 2^-24 of itself; -inf gives NaN.
ERGON_LANE float silu(float x) {
  const float t = max(x, -x) * -kLog2E;
  const bool far = t < -100;
  const float e = exp2_fast(far ? t + 24 : t);
  const float positive = x * reciprocal_fast(1 + e);
  return x < 0 ? positive * e * (far ? 0x1p-24F : 1.0F) : positive;
}

}  // namespace ergon::ERGON_CUDA
