#pragma once

// exp, GELU, SiLU and tanh on a Vector. Private: included after avx2.inl.h or avx512.inl.h, in the
// same region. All are polynomials and fused multiply-adds, without a branch; the instruction sets
// give the same bits. Bounds are held by tests/kernels/math_test.cpp.

// c[0] + c[1] x + c[2] x^2 ...
template <std::size_t kCount>
inline Vector polynomial(const float (&c)[kCount], Vector x) {
  Vector sum = set(c[kCount - 1]);
  for (std::size_t i = kCount - 1; i-- > 0;) sum = fma(sum, x, set(c[i]));
  return sum;
}

// 2^t for t <= 128, within 2.1 ulp; 0 for t <= -150, -inf too; NaN gives NaN. Minimax over
// [-0.5, 0.5] with the constant held at 1, so that exp2(0) is 1.
inline Vector exp2(Vector t) {
  constexpr float kExp2[] = {
      1, 0x1.62e42ap-1F, 0x1.ebf9bcp-3F, 0x1.c6b752p-5F, 0x1.3cea88p-7F, 0x1.5bba10p-10F};
  const Split parts = split(max(set(kExponentMin), t));
  return scale(polynomial(kExp2, parts.fraction), parts.whole);
}

constexpr float kLog2E = 1.44269504F;
constexpr float kLowest = -__builtin_inff();

// Both forms of GELU are x times a sigmoid s(x) with s(x) - 1/2 odd, and s is 0 and 1 in f32 beyond
// some |x| = b. With z = x / b held to [-1, 1], s = 1/2 + z r(z^2 - 1/2), r a minimax polynomial
// for the error of s relative to its terms (Lawson's algorithm). Expanding r around the middle of
// its range keeps every coefficient's term small: around 0 they would cancel to few digits. r(1/2)
// is exactly 1/2, so that the tails are exactly 0 and x. This needs 19 operations, less than exp or
// tanh and a division.
struct Sigmoid {
  float inverse_bound;
  float coefficients[15];
};

// b = 5.3.
constexpr Sigmoid kErfSigmoid = {
    0x1.826a44p-3F,
    {0x1.69f95cp-1F, -0x1.690290p-1F, 0x1.0b5edap+0F, -0x1.ada9d2p+0F, 0x1.5c0bd0p+1F,
     -0x1.130ff8p+2F, 0x1.9d1780p+2F, -0x1.1aa874p+3F, 0x1.70925cp+3F, -0x1.0b3a00p+4F,
     0x1.412770p+4F, -0x1.1f91bep+3F, 0x1.7d530ap+2F, -0x1.28b958p+5F, 0x1.294806p+5F}};

// b = 5.
constexpr Sigmoid kTanhSigmoid = {
    0x1.99999ap-3F,
    {0x1.69edd6p-1F, -0x1.684588p-1F, 0x1.0878e8p+0F, -0x1.9f3ec6p+0F, 0x1.417798p+1F,
     -0x1.d569c0p+1F, 0x1.41f064p+2F, -0x1.bcbbdcp+2F, 0x1.176b54p+3F, -0x1.782f1ap+2F,
     0x1.2bfec2p+2F, -0x1.b97680p+4F, 0x1.491918p+5F, 0x1.18f30ap+3F, -0x1.13cbcep+5F}};

inline Vector times_sigmoid(const Sigmoid& sigmoid, Vector x) {
  const Vector z = clamp_magnitude(mul(x, set(sigmoid.inverse_bound)), set(1));
  const Vector r = polynomial(sigmoid.coefficients, fma(z, z, set(-0.5F)));
  return mul(x, fma(z, r, set(0.5F)));
}

// x / 2 (1 + erf(x / sqrt 2)), within 4 x 2^-24 of |x| / 2 (1 + |erf|); -inf gives NaN.
inline Vector gelu_erf(Vector x) { return times_sigmoid(kErfSigmoid, x); }

// x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), within 4 x 2^-24 likewise; -inf gives NaN.
inline Vector gelu_tanh(Vector x) { return times_sigmoid(kTanhSigmoid, x); }

// x / (1 + exp(-x)), within (6 + 2 |x|) x 2^-24 of itself; 0 for x < -104, -inf gives NaN.
inline Vector silu(Vector x) {
  const Vector e = exp2(min(set(128), mul(x, set(-kLog2E))));
  return div(x, add(set(1), e));
}

// x P(x^2) / Q(x^2), a minimax fit of tanh over |x| <= 9.03125, where it is 1 in f32 (Lawson's
// algorithm). All coefficients are positive: nothing cancels, and small x keep their relative
// accuracy. Within 6 x 2^-24 of tanh.
inline Vector tanh_rational(Vector x) {
  constexpr float kP[] = {1, 0x1.12p-3F, 0x1.c9d7d6p-9F, 0x1.591034p-16F, 0x1.c8dd38p-27F};
  constexpr float kQ[] = {1, 0x1.de554ap-2F, 0x1.a7cfbcp-6F, 0x1.58171ep-12F, 0x1.a03a1cp-21F};
  const Vector held = max(set(-9.03125F), min(set(9.03125F), x));  // NaN where x is NaN
  const Vector z = mul(held, held);
  return div(mul(held, polynomial(kP, z)), polynomial(kQ, z));
}
