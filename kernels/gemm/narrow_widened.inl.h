#pragma once

// Products of words in instructions that every AVX2 or AVX-512 has: bf16 by widening to floats,
// bytes by widening to 16 bits. Private: included after narrow_dots.inl.h, in the same region, with
// kWidenedRows and kWidenedVectors defined: sums, a row of b in two registers a vector, and a
// factor in two, fit the registers.

struct WidenedTile {
  static constexpr int kRows = kWidenedRows;
  static constexpr int kVectors = kWidenedVectors;
  static constexpr int kDotRows = 2;
  static constexpr int kDotColumns = 2;
};

// The two factors of a word, as floats.
struct Halves {
  Vector low, high;
};

struct WidenedBf16 : HalvesToFloats, WidenedTile {
  using Left = Halves;
  using Right = Halves;
  static Halves left(Words a) {
    return {as_floats(shift_left<16>(a)), as_floats(mask_words(a, 0xffff0000U))};
  }
  static Halves right(Words b) { return left(b); }
  static Sum add_products(Sum sum, const Halves& a, const Halves& b) {
    return fma(a.high, b.high, fma(a.low, b.low, sum));
  }
};

// The bytes of a word, as pairs of 16 bits: of even places and of odd ones. Their products' sums
// are exact, where an instruction for bytes without VNNI would saturate at 16 bits.
struct Bytes {
  Words even, odd;
};

struct WidenedBytes : BytesToIntegers, WidenedTile {
  using Left = Bytes;
  using Right = Bytes;
  static Bytes left(Words a) { return {even_unsigned(a), odd_unsigned(a)}; }
  static Bytes right(Words b) { return {even_signed(b), odd_signed(b)}; }
  static Sum add_products(Sum sum, const Bytes& a, const Bytes& b) {
    return add(sum, add(multiply_halves(a.even, b.even), multiply_halves(a.odd, b.odd)));
  }
};
