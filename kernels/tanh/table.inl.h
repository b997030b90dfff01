#pragma once

// tanh by table lookup, for registers of 16 floats. Private: included after math/avx512.inl.h, in
// the same region.
//
// [0, 9.03125], beyond which tanh is 1 in f32, is cut into intervals of equal width around the
// whole numbers 0 .. 31 of u = 31 |x| / 9.03125. In each, tanh is a polynomial of degree 5 in the
// distance f of u to the whole number, minimax for the relative error (Lawson's algorithm); around
// 0 it has no constant, so that small x keep their relative accuracy, and at 31 it is the
// constant 1. Row p holds the coefficients of f^p by interval, and vpermi2ps looks 16 of them up at
// once: 6 lookups and 11 operations of the multipliers, where a rational form needs 10 and a
// division.

// clang-format off
constexpr float kTanhCoefficients[6 * 32] = {
    0, 0x1.2228ep-2F, 0x1.0c97fap-1F, 0x1.68239cp-1F, 0x1.a541b4p-1F, 0x1.cb43aap-1F,
    0x1.e1ddd8p-1F, 0x1.eef39ep-1F, 0x1.f668d6p-1F, 0x1.fa9f52p-1F, 0x1.fcfd76p-1F,
    0x1.fe512ap-1F, 0x1.ff0f3ep-1F, 0x1.ff798p-1F, 0x1.ffb4ep-1F, 0x1.ffd60cp-1F, 0x1.ffe892p-1F,
    0x1.fff2eap-1F, 0x1.fff8b2p-1F, 0x1.fffbecp-1F, 0x1.fffdb8p-1F, 0x1.fffebap-1F,
    0x1.ffff4ap-1F, 0x1.ffff9ap-1F, 0x1.ffffc8p-1F, 0x1.ffffep-1F, 0x1.ffffeep-1F, 0x1.fffff6p-1F,
    0x1.fffffap-1F, 0x1.fffffcp-1F, 0x1.fffffep-1F, 1, 0x1.2a5294p-2F, 0x1.125ea2p-2F,
    0x1.b0728p-3F, 0x1.2d71e6p-3F, 0x1.817f78p-4F, 0x1.d2504cp-5F, 0x1.10a794p-5F, 0x1.3893c4p-6F,
    0x1.62486ap-7F, 0x1.8ef6b2p-8F, 0x1.bfa508p-9F, 0x1.f53d38p-10F, 0x1.184dc6p-10F,
    0x1.394d9ap-11F, 0x1.5e0fep-12F, 0x1.870e3p-13F, 0x1.b4ccecp-14F, 0x1.e7ddc4p-15F,
    0x1.10710ap-15F, 0x1.30469ep-16F, 0x1.53d382p-17F, 0x1.7b871ep-18F, 0x1.a7ddc4p-19F,
    0x1.d9623cp-20F, 0x1.0857bcp-20F, 0x1.27393ep-21F, 0x1.49b64p-22F, 0x1.703aaap-23F,
    0x1.9b3ef6p-24F, 0x1.cb49b8p-25F, 0x1.00789cp-25F, 0, 0x1.5a2464p-24F, -0x1.6a5e36p-6F,
    -0x1.085c24p-5F, -0x1.ee2f06p-6F, -0x1.719e0ap-6F, -0x1.e770f8p-7F, -0x1.2b083ep-7F,
    -0x1.601fc6p-8F, -0x1.951e4ap-9F, -0x1.cc08d8p-10F, -0x1.034a1ap-10F, -0x1.2316f6p-11F,
    -0x1.460a78p-12F, -0x1.6cb878p-13F, -0x1.97b264p-14F, -0x1.c78e04p-15F, -0x1.fceabp-16F,
    -0x1.1c3aaep-16F, -0x1.3d7606p-17F, -0x1.62908p-18F, -0x1.8bfeecp-19F, -0x1.ba4356p-20F,
    -0x1.edeec4p-21F, -0x1.13d184p-21F, -0x1.340a6p-22F, -0x1.5806c8p-23F, -0x1.803758p-24F,
    -0x1.ad19ccp-25F, -0x1.df3a8cp-26F, -0x1.0b9b34p-26F, -0x1.2ade44p-27F, 0, -0x1.0e1d98p-7F,
    -0x1.793a4ap-8F, -0x1.114b1ap-10F, 0x1.0852e4p-9F, 0x1.67c5b2p-9F, 0x1.2a711ep-9F,
    0x1.9915cap-10F, 0x1.fe5f68p-11F, 0x1.2ee23cp-11F, 0x1.5dddbep-12F, 0x1.8e21b4p-13F,
    0x1.c14f4p-14F, 0x1.f8bab2p-15F, 0x1.1ac376p-15F, 0x1.3c5e98p-16F, 0x1.61af9ep-17F,
    0x1.8b3a2cp-18F, 0x1.b9898ep-19F, 0x1.ed3476p-20F, 0x1.137014p-20F, 0x1.33a1acp-21F,
    0x1.57946cp-22F, 0x1.7fb93cp-23F, 0x1.ac8df2p-24F, 0x1.de9efcp-25F, 0x1.0b4488p-25F,
    0x1.2a7d96p-26F, 0x1.4d5c58p-27F, 0x1.744de8p-28F, 0x1.9fcc18p-29F, 0x1.d05efap-30F, 0,
    0x1.871f58p-18F, 0x1.1c4ecep-10F, 0x1.1719a4p-10F, 0x1.d08c72p-12F, -0x1.065e62p-16F,
    -0x1.69358ep-13F, -0x1.62e46ap-13F, -0x1.004e52p-13F, -0x1.46aa2p-14F, -0x1.879a32p-15F,
    -0x1.c69efep-16F, -0x1.035a5cp-16F, -0x1.251bfcp-17F, -0x1.498528p-18F, -0x1.715f54p-19F,
    -0x1.9d5eecp-20F, -0x1.ce30c4p-21F, -0x1.0241d4p-21F, -0x1.2087aap-22F, -0x1.424ceap-23F,
    -0x1.67fdecp-24F, -0x1.921244p-25F, -0x1.c10ea2p-26F, -0x1.f586a8p-27F, -0x1.180f72p-27F,
    -0x1.38c76ep-28F, -0x1.5d51bap-29F, -0x1.8620aep-30F, -0x1.b3b3fap-31F, -0x1.e69a38p-32F,
    -0x1.0fb95p-32F, 0, 0x1.1b02e4p-12F, 0x1.f6b86ap-14F, -0x1.9623eap-14F, -0x1.01b5bp-13F,
    -0x1.e9596ep-15F, -0x1.56b8fep-17F, 0x1.f90f9p-18F, 0x1.4b1332p-17F, 0x1.fe1164p-18F,
    0x1.4cce78p-18F, 0x1.932b88p-19F, 0x1.d6778p-20F, 0x1.0d1c92p-20F, 0x1.30931cp-21F,
    0x1.56ad8ap-22F, 0x1.80498ap-23F, 0x1.ae2a4ep-24F, 0x1.e1084cp-25F, 0x1.0cce2ap-25F,
    0x1.2c53b6p-26F, 0x1.4f7c6cp-27F, 0x1.76b96ap-28F, 0x1.a2876p-29F, 0x1.d3709p-30F,
    0x1.05076p-30F, 0x1.23869ep-31F, 0x1.459592p-32F, 0x1.6b9edep-33F, 0x1.96198ep-34F,
    0x1.c58a8ap-35F, 0x1.fa8642p-36F, 0};

// clang-format on

// The table in registers.
struct TanhLookup {
  Vector low[6], high[6];
};

inline TanhLookup load_table() {
  TanhLookup lookup;
  for (int i = 0; i < 6; ++i) {
    lookup.low[i] = load(kTanhCoefficients + 32 * i);
    lookup.high[i] = load(kTanhCoefficients + 32 * i + kLanes);
  }
  return lookup;
}

// Within 5 x 2^-24 of tanh, relative.
inline Vector tanh_of(const TanhLookup& table, Vector x) {
  const Vector sign = set(-0.0F);
  // min gives its second where one is NaN, and NaN stays NaN through f.
  const Vector u = min(set(31), mul(_mm512_andnot_ps(sign, x), set(0x1.b75d02p+1F)));
  const Vector shift = set(0x1.8p23F);  // adding it rounds to a whole number, in the lowest bits
  const Vector shifted = add(u, shift);
  const Vector f = sub(u, sub(shifted, shift));
  const __m512i column = _mm512_castps_si512(shifted);
  Vector value = _mm512_permutex2var_ps(table.low[5], column, table.high[5]);
  ERGON_UNROLL
  for (int i = 4; i >= 0; --i) {
    value = fma(value, f, _mm512_permutex2var_ps(table.low[i], column, table.high[i]));
  }
  return _mm512_or_ps(value, _mm512_and_ps(sign, x));
}

inline void tanh_elements(const float* in, float* out, std::int64_t count_all) {
  const TanhLookup table = load_table();
  const auto count = static_cast<std::size_t>(count_all);
  std::size_t i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    const Vector first = tanh_of(table, load(in + i));
    const Vector second = tanh_of(table, load(in + i + kLanes));
    store(out + i, first);
    store(out + i + kLanes, second);
  }
  for (; i < count; i += kLanes) {
    const Part lanes = part(smaller(kLanes, count - i));
    store(out + i, lanes, tanh_of(table, load(in + i, lanes)));
  }
}
