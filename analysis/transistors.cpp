#include "analysis/transistors.h"

#include <array>

namespace ergon {

namespace {

// Static CMOS: a NAND or NOR of two inputs has 4 transistors, an inverter 2. Weste and Harris,
// "CMOS VLSI Design", 4th edition, sections 1.4 and 11.2.
constexpr double kAnd = 6;          // NAND and inverter
constexpr double kXor = 12;         // four NANDs have 16; the complementary gate of 12 is usual
constexpr double kMux = 12;         // two inputs: three NANDs of 4
constexpr double kFullAdder = 28;   // mirror adder with its two inverters, section 11.2.1
constexpr double kHalfAdder = 18;   // XOR and AND
constexpr double kPrefixNode = 14;  // AND-OR of 6 and inverter of 2 for generate, AND for propagate

constexpr int bits_to_count(int values) {
  int bits = 0;
  while ((1 << bits) < values) ++bits;
  return bits;
}

// A parallel-prefix adder (Sklansky, "Conditional-sum addition logic", 1960): a half adder a bit
// makes generate and propagate, w / 2 nodes on each of log2 w levels the carries, an XOR a bit the
// sum.
constexpr double integer_adder(int width) {
  return width * (kHalfAdder + kXor) + 0.5 * width * bits_to_count(width) * kPrefixNode;
}

// Braun's array: an AND a partial product, w (w - 2) full and w half adders sum them.
constexpr double array_multiplier(int width) {
  return width * width * kAnd + width * (width - 2) * kFullAdder + width * kHalfAdder;
}

// A shifter by 0 .. width - 1 places: one level of multiplexers a bit of the distance.
constexpr double shifter(int width) { return width * bits_to_count(width) * kMux; }

// Adding one at the last place: a half adder a bit.
constexpr double rounding(int significand) { return significand * kHalfAdder; }

// p: bits of the significand with the hidden one; e: of the exponent.
struct Format {
  int significand, exponent;
};

// Muller et al., "Handbook of Floating-Point Arithmetic", 2nd edition, section 8.3: difference of
// exponents, exchange of operands, alignment, sum with three guard bits, counting of leading zeros
// (a prefix tree: w nodes), normalisation, exponent update, rounding.
constexpr double float_adder(Format f) {
  const int wide = f.significand + 3;
  return 2 * integer_adder(f.exponent) + 2 * f.significand * kMux + 2 * shifter(wide) +
         integer_adder(wide) + wide * kPrefixNode + rounding(f.significand);
}

// Section 8.4: product of the significands, sum of the exponents less the bias, a normalisation by
// one place, rounding, the sign.
constexpr double float_multiplier(Format f) {
  return array_multiplier(f.significand) + 2 * integer_adder(f.exponent) + f.significand * kMux +
         rounding(f.significand) + kXor;
}

constexpr int kIntegerSum = 32;  // bits that products of integers are summed in

// Bits of a format; of integers the width as significand, and no exponent.
constexpr Format format_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::f64:
      return {53, 11};
    case Dtype::f32:
      return {24, 8};
    case Dtype::tf32:
      return {11, 8};
    case Dtype::f16:
      return {11, 5};
    case Dtype::bf16:
      return {8, 8};
    case Dtype::f8e4m3:
      return {4, 4};
    case Dtype::f8e5m2:
      return {3, 5};
    case Dtype::i32:
      return {32, 0};
    case Dtype::i8:
    case Dtype::u8:
      return {8, 0};
    case Dtype::i4:
      return {4, 0};
  }
  return {};
}

// What a special is made of: multiply-adds (a multiplication counts as one, its adder passes the
// product on) and single additions, comparisons or roundings.
struct Mix {
  std::string_view primitive;
  int multiply_adds, adds;
};

// exp2 of kernels/math: argument times log2 e and 5 steps of a polynomial; rounding to the whole
// part, its difference, the clamp, and the exponent's addition.
constexpr Mix kExp = {"", 6, 4};
// A reciprocal from a seed of 8 bits (a table look-up, not counted): two Newton steps to 24 bits of
// two multiply-adds each, and the multiplication by the numerator. A square root is alike.
constexpr Mix kDivision = {"", 5, 0};
constexpr Mix kMixes[] = {
    // x times a sigmoid: 14 steps of a polynomial, z^2 - 1/2, z r + 1/2, x / b, x s; two clamps.
    {"gelu", 18, 2},
    {"tanh", 18, 2},
    {"gemm", 18, 2},  // its epilogue is GELU
    // 1 / (1 + exp(-x)): an exp, an addition, a division; counted as two specials or one, by half.
    {"swiglu", (6 + 5 + 1) / 2, (4 + 1) / 2 + 1},
    {"layernorm", kDivision.multiply_adds, kDivision.adds},
    {"rmsnorm", kDivision.multiply_adds, kDivision.adds},
};

}  // namespace

double adder_transistors(Dtype dtype) {
  const Format format = format_of(dtype);
  return format.exponent == 0 ? integer_adder(kIntegerSum) : float_adder(format);
}

double multiplier_transistors(Dtype dtype) {
  const Format format = format_of(dtype);
  return format.exponent == 0 ? array_multiplier(format.significand) : float_multiplier(format);
}

double transistors_per_flop(const Dtypes& dtypes) {
  return 0.5 * (multiplier_transistors(dtypes.a) + adder_transistors(dtypes.accumulate));
}

double transistors_per_special(std::string_view primitive, const Dtypes& dtypes) {
  Mix mix = kExp;
  for (const Mix& known : kMixes) {
    if (known.primitive == primitive) mix = known;
  }
  const double adder = adder_transistors(dtypes.accumulate);
  return mix.multiply_adds * (multiplier_transistors(dtypes.accumulate) + adder) + mix.adds * adder;
}

}  // namespace ergon
