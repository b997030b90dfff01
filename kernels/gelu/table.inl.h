#pragma once

// GELU by table lookup, for registers of 16 floats. Private: included after math/avx512.inl.h and
// math/avx512_narrow.inl.h, in the same region.
//
// GELU is x s(x), and s(x) - 1/2 is odd. [-b, b] is cut into intervals of equal width around the
// whole numbers of u = 15.25 x / b. In each, s is a polynomial of degree 5 in the distance f of u
// to the whole number, minimax for the error relative to s or 1 - s. A column holds an interval's
// coefficients, column n mod 32 for the whole number n, and vpermi2ps looks 16 of them up at once.
// That needs 6 lookups and 7 operations of the multipliers where one polynomial for all of [-b, b]
// (math/functions.inl.h) needs 18, and the lookups run on other ports. At the ends f is 1/4, a
// power of two, for which the constants make s exactly 0 and 1.
struct SigmoidTable {
  float scale;                // 15.25 / b
  const float* coefficients;  // 6 x 32, of ascending powers of f
};

// clang-format off
constexpr float kErfCoefficients[6 * 32] = {
    0x1p-1F, 0x1.4595acp-1F, 0x1.8353b6p-1F, 0x1.b3efcp-1F, 0x1.d5e4b2p-1F, 0x1.eaf0d2p-1F,
    0x1.f68416p-1F, 0x1.fc2a12p-1F, 0x1.fe9c1cp-1F, 0x1.ff8c9ap-1F, 0x1.ffde92p-1F, 0x1.fff75cp-1F,
    0x1.fffe02p-1F, 0x1.ffff98p-1F, 0x1.ffffecp-1F, 0x1.fffffep-1F, 0, 0x1.2c372ap-25F,
    0x1.325b0ep-21F, 0x1.a2dfe8p-19F, 0x1.fdeeeep-17F, 0x1.148a1ap-14F, 0x1.0b6cfp-12F,
    0x1.cd9474p-11F, 0x1.63e31p-9F, 0x1.eaf77cp-8F, 0x1.2f7d28p-6F, 0x1.50f2d2p-5F, 0x1.50da6cp-4F,
    0x1.3041p-3F, 0x1.f2b12ap-3F, 0x1.74d4a8p-2F, 0x1.1bf3e6p-3F, 0x1.0b4fccp-3F, 0x1.be079ap-4F,
    0x1.49c78p-4F, 0x1.b02c1ap-5F, 0x1.f5eb7p-6F, 0x1.024cf4p-6F, 0x1.d7376ap-8F, 0x1.7cea88p-9F,
    0x1.10e2f6p-10F, 0x1.5a8126p-12F, 0x1.85ec72p-14F, 0x1.84dc64p-16F, 0x1.57addep-18F,
    0x1.0d3042p-20F, 0x1.75b5aep-23F, 0, 0x1.75b5aep-23F, 0x1.0d3042p-20F, 0x1.57addep-18F,
    0x1.84dc64p-16F, 0x1.85ec72p-14F, 0x1.5a8126p-12F, 0x1.10e2f6p-10F, 0x1.7cea88p-9F,
    0x1.d7376ap-8F, 0x1.024cf4p-6F, 0x1.f5eb7p-6F, 0x1.b02c1ap-5F, 0x1.49c78p-4F, 0x1.be079ap-4F,
    0x1.0b4fccp-3F, 0, -0x1.024ad6p-7F, -0x1.aefb74p-7F, -0x1.ddfbecp-7F, -0x1.a1994cp-7F,
    -0x1.2f1fbp-7F, -0x1.7663eep-8F, -0x1.8e6a6p-9F, -0x1.70127ep-10F, -0x1.28a3bp-11F,
    -0x1.a2802ap-13F, -0x1.03007ep-14F, -0x1.19c0a2p-16F, -0x1.0dbbep-18F, -0x1.c6f836p-21F,
    -0x1.524cap-23F, 0, 0x1.524cap-23F, 0x1.c6f836p-21F, 0x1.0dbbep-18F, 0x1.19c0a2p-16F,
    0x1.03007ep-14F, 0x1.a2802ap-13F, 0x1.28a3bp-11F, 0x1.70127ep-10F, 0x1.8e6a6p-9F,
    0x1.7663eep-8F, 0x1.2f1fbp-7F, 0x1.a1994cp-7F, 0x1.ddfbecp-7F, 0x1.aefb74p-7F, 0x1.024ad6p-7F,
    -0x1.6dd4ccp-9F, -0x1.2ecc88p-9F, -0x1.29068cp-10F, 0x1.27d3dp-13F, 0x1.039d62p-10F,
    0x1.467fcap-10F, 0x1.1690e8p-10F, 0x1.7541bp-11F, 0x1.9cdfep-12F, 0x1.8204dp-13F,
    0x1.351a96p-14F, 0x1.ab7534p-16F, 0x1.009efp-17F, 0x1.0c8e68p-19F, 0x1.eb4e5ap-22F,
    0x1.89a6fep-24F, 0, 0x1.89a6fep-24F, 0x1.eb4e5ap-22F, 0x1.0c8e68p-19F, 0x1.009efp-17F,
    0x1.ab7534p-16F, 0x1.351a96p-14F, 0x1.8204dp-13F, 0x1.9cdfep-12F, 0x1.7541bp-11F,
    0x1.1690e8p-10F, 0x1.467fcap-10F, 0x1.039d62p-10F, 0x1.27d3dp-13F, -0x1.29068cp-10F,
    -0x1.2ecc88p-9F, 0, 0x1.db9f66p-13F, 0x1.5b36c8p-12F, 0x1.2546dcp-12F, 0x1.1f6222p-13F,
    -0x1.061d44p-20F, -0x1.41af22p-14F, -0x1.74bc3ap-14F, -0x1.1828bcp-14F, -0x1.44ff38p-15F,
    -0x1.33fd24p-16F, -0x1.e9ba12p-18F, -0x1.4b8adap-19F, -0x1.81d2cap-21F, -0x1.845278p-23F,
    -0x1.5388b4p-25F, 0, 0x1.5388b4p-25F, 0x1.845278p-23F, 0x1.81d2cap-21F, 0x1.4b8adap-19F,
    0x1.e9ba12p-18F, 0x1.33fd24p-16F, 0x1.44ff38p-15F, 0x1.1828bcp-14F, 0x1.74bc3ap-14F,
    0x1.41af22p-14F, 0x1.061d44p-20F, -0x1.1f6222p-13F, -0x1.2546dcp-12F, -0x1.5b36c8p-12F,
    -0x1.db9f66p-13F, 0x1.a58fa6p-15F, 0x1.2fe386p-15F, 0x1.342c98p-18F, -0x1.7ba74ep-16F,
    -0x1.03c3fep-15F, -0x1.75fd8p-16F, -0x1.0f0576p-17F, 0x1.1bfc7cp-19F, 0x1.80cde2p-18F,
    0x1.52f5p-18F, 0x1.9cd844p-19F, 0x1.8987a6p-20F, 0x1.338fc2p-21F, 0x1.93752p-23F,
    0x1.c24302p-25F, 0x1.af46e2p-27F, 0, 0x1.af46e2p-27F, 0x1.c24302p-25F, 0x1.93752p-23F,
    0x1.338fc2p-21F, 0x1.8987a6p-20F, 0x1.9cd844p-19F, 0x1.52f5p-18F, 0x1.80cde2p-18F,
    0x1.1bfc7cp-19F, -0x1.0f0576p-17F, -0x1.75fd8p-16F, -0x1.03c3fep-15F, -0x1.7ba74ep-16F,
    0x1.342c98p-18F, 0x1.2fe386p-15F};

constexpr float kTanhCoefficients[6 * 32] = {
    0x1p-1F, 0x1.41c8a2p-1F, 0x1.7ce52p-1F, 0x1.aca4f8p-1F, 0x1.cf58ep-1F, 0x1.e60e5p-1F,
    0x1.f36efap-1F, 0x1.fa8326p-1F, 0x1.fddc2p-1F, 0x1.ff435cp-1F, 0x1.ffc764p-1F, 0x1.fff168p-1F,
    0x1.fffcdp-1F, 0x1.ffff6cp-1F, 0x1.ffffeap-1F, 0x1.fffffep-1F, 0, 0x1.29334ep-25F,
    0x1.643496p-21F, 0x1.295a1p-18F, 0x1.98031ep-16F, 0x1.d31918p-14F, 0x1.c4d9fcp-12F,
    0x1.79499p-10F, 0x1.11f04ep-8F, 0x1.5f36ap-7F, 0x1.9220bep-6F, 0x1.9f1b02p-5F, 0x1.8538fep-4F,
    0x1.4d6c24p-3F, 0x1.0635c2p-2F, 0x1.7c6ebcp-2F, 0x1.0be144p-3F, 0x1.fb991ap-4F, 0x1.afc97ap-4F,
    0x1.4a00a2p-4F, 0x1.c59fb6p-5F, 0x1.18822ep-5F, 0x1.37c5b4p-6F, 0x1.363c5cp-7F, 0x1.1272ep-8F,
    0x1.ab5a04p-10F, 0x1.212c9cp-11F, 0x1.4f5dcap-13F, 0x1.485e8ap-15F, 0x1.0b5b4ep-17F,
    0x1.648dd6p-20F, 0x1.7f9434p-23F, 0, 0x1.7f9434p-23F, 0x1.648dd6p-20F, 0x1.0b5b4ep-17F,
    0x1.485e8ap-15F, 0x1.4f5dcap-13F, 0x1.212c9cp-11F, 0x1.ab5a04p-10F, 0x1.1272ep-8F,
    0x1.363c5cp-7F, 0x1.37c5b4p-6F, 0x1.18822ep-5F, 0x1.c59fb6p-5F, 0x1.4a00a2p-4F, 0x1.afc97ap-4F,
    0x1.fb991ap-4F, 0, -0x1.b65f46p-8F, -0x1.74191ep-7F, -0x1.a91ca8p-7F, -0x1.842068p-7F,
    -0x1.2b6946p-7F, -0x1.903ff4p-8F, -0x1.d4bed4p-9F, -0x1.e1c0e4p-10F, -0x1.b0326ap-11F,
    -0x1.4efe42p-12F, -0x1.baba26p-14F, -0x1.eb8424p-16F, -0x1.c3769p-18F, -0x1.51e2aap-20F,
    -0x1.95ed14p-23F, 0, 0x1.95ed14p-23F, 0x1.51e2aap-20F, 0x1.c3769p-18F, 0x1.eb8424p-16F,
    0x1.baba26p-14F, 0x1.4efe42p-12F, 0x1.b0326ap-11F, 0x1.e1c0e4p-10F, 0x1.d4bed4p-9F,
    0x1.903ff4p-8F, 0x1.2b6946p-7F, 0x1.842068p-7F, 0x1.a91ca8p-7F, 0x1.74191ep-7F, 0x1.b65f46p-8F,
    -0x1.34ae14p-9F, -0x1.0449dep-9F, -0x1.1781e2p-10F, -0x1.0dfdd6p-15F, 0x1.76d268p-11F,
    0x1.0aa776p-10F, 0x1.f5a566p-11F, 0x1.770fcap-11F, 0x1.d66d0cp-12F, 0x1.f6f322p-13F,
    0x1.c9f55ap-14F, 0x1.5fd814p-15F, 0x1.c23948p-17F, 0x1.d8e362p-19F, 0x1.91c424p-21F,
    0x1.101dd6p-23F, 0, 0x1.101dd6p-23F, 0x1.91c424p-21F, 0x1.d8e362p-19F, 0x1.c23948p-17F,
    0x1.5fd814p-15F, 0x1.c9f55ap-14F, 0x1.f6f322p-13F, 0x1.d66d0cp-12F, 0x1.770fcap-11F,
    0x1.f5a566p-11F, 0x1.0aa776p-10F, 0x1.76d268p-11F, -0x1.0dfdd6p-15F, -0x1.1781e2p-10F,
    -0x1.0449dep-9F, 0, 0x1.6f0578p-13F, 0x1.1359cep-12F, 0x1.eb3d7ap-13F, 0x1.1471a8p-13F,
    0x1.91ae96p-16F, -0x1.788e2ap-15F, -0x1.1e0bb4p-14F, -0x1.00e20cp-14F, -0x1.62f4ccp-15F,
    -0x1.8fa10cp-16F, -0x1.728c48p-17F, -0x1.1989cep-18F, -0x1.5ae144p-20F, -0x1.5650ecp-22F,
    -0x1.0b2afap-24F, 0, 0x1.0b2afap-24F, 0x1.5650ecp-22F, 0x1.5ae144p-20F, 0x1.1989cep-18F,
    0x1.728c48p-17F, 0x1.8fa10cp-16F, 0x1.62f4ccp-15F, 0x1.00e20cp-14F, 0x1.1e0bb4p-14F,
    0x1.788e2ap-15F, -0x1.91ae96p-16F, -0x1.1471a8p-13F, -0x1.eb3d7ap-13F, -0x1.1359cep-12F,
    -0x1.6f0578p-13F, 0x1.4264f4p-15F, 0x1.df3ffap-16F, 0x1.79bed6p-18F, -0x1.00ca76p-16F,
    -0x1.84c00ep-16F, -0x1.3606c2p-16F, -0x1.2b517ep-17F, -0x1.0755dp-20F, 0x1.a3df54p-19F,
    0x1.0e8ab4p-18F, 0x1.ad77e4p-19F, 0x1.00ec6p-19F, 0x1.e22eaap-21F, 0x1.64c9c8p-22F,
    0x1.9e6ad2p-24F, 0x1.76bc3ep-26F, 0, 0x1.76bc3ep-26F, 0x1.9e6ad2p-24F, 0x1.64c9c8p-22F,
    0x1.e22eaap-21F, 0x1.00ec6p-19F, 0x1.ad77e4p-19F, 0x1.0e8ab4p-18F, 0x1.a3df54p-19F,
    -0x1.0755dp-20F, -0x1.2b517ep-17F, -0x1.3606c2p-16F, -0x1.84c00ep-16F, -0x1.00ca76p-16F,
    0x1.79bed6p-18F, 0x1.df3ffap-16F};

// clang-format on
constexpr SigmoidTable kErfTable = {0x1.704d48p+1F, kErfCoefficients};    // b = 5.3
constexpr SigmoidTable kTanhTable = {0x1.866666p+1F, kTanhCoefficients};  // b = 5

// The table in registers.
struct SigmoidLookup {
  Vector scale;
  Vector low[6], high[6];
};

inline SigmoidLookup load_table(const SigmoidTable& table) {
  SigmoidLookup lookup;
  lookup.scale = set(table.scale);
  for (int i = 0; i < 6; ++i) {
    lookup.low[i] = load(table.coefficients + 32 * i);
    lookup.high[i] = load(table.coefficients + 32 * i + kLanes);
  }
  return lookup;
}

// x s(x), within 2.5 x 2^-24 of the sum of the absolute values of its two terms; -inf gives NaN.
inline Vector times_sigmoid(const SigmoidLookup& table, Vector x) {
  const Vector u = clamp_magnitude(mul(x, table.scale), set(15.25F));
  const Vector shift = set(0x1.8p23F);  // adding it rounds to a whole number, in the lowest bits
  const Vector shifted = add(u, shift);
  const Vector f = sub(u, sub(shifted, shift));
  const __m512i column = _mm512_castps_si512(shifted);
  Vector s = _mm512_permutex2var_ps(table.low[5], column, table.high[5]);
  ERGON_UNROLL
  for (int i = 4; i >= 0; --i) {
    s = fma(s, f, _mm512_permutex2var_ps(table.low[i], column, table.high[i]));
  }
  return mul(x, s);
}

template <class Element>
inline void gelu_elements(const SigmoidTable& form, const Element* in, Element* out,
                          std::int64_t count_all) {
  const SigmoidLookup table = load_table(form);
  const auto count = static_cast<std::size_t>(count_all);
  std::size_t i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    const Vector first = times_sigmoid(table, load(in + i));
    const Vector second = times_sigmoid(table, load(in + i + kLanes));
    store(out + i, first);
    store(out + i + kLanes, second);
  }
  for (; i < count; i += kLanes) {
    const Part lanes = part(smaller(kLanes, count - i));
    store(out + i, lanes, times_sigmoid(table, load(in + i, lanes)));
  }
}

template <class Element>
inline void gelu_erf_elements(const Element* in, Element* out, std::int64_t count) {
  gelu_elements(kErfTable, in, out, count);
}

template <class Element>
inline void gelu_tanh_elements(const Element* in, Element* out, std::int64_t count) {
  gelu_elements(kTanhTable, in, out, count);
}
