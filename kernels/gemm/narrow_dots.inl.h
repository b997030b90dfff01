#pragma once

// What the policies of narrow_tile.inl.h have in common, one for each pair of dtypes. A policy adds
// how a register of words is prepared (Left of a, Right of b), how its products are summed, and the
// tiles that fit the registers. Private: included before narrow_tile.inl.h, after
// math/avx*_narrow.inl.h, in the same region.

// A vector of words, each of the group's rows of b from `row` on; `rows` of them are there.
inline Words join_halves(const std::byte* row, std::int64_t stride, std::int64_t rows) {
  const Words first = widen_halves(row);
  return rows < 2 ? first : either(first, shift_left<16>(widen_halves(row + stride)));
}
inline Words join_bytes(const std::byte* row, std::int64_t stride, std::int64_t rows) {
  Words words = widen_bytes(row);
  if (rows > 1) words = either(words, shift_left<8>(widen_bytes(row + stride)));
  if (rows > 2) words = either(words, shift_left<16>(widen_bytes(row + 2 * stride)));
  if (rows > 3) words = either(words, shift_left<24>(widen_bytes(row + 3 * stride)));
  return words;
}

// bf16, summed in f32.
struct HalvesToFloats {
  using Element = float;
  using Sum = Vector;
  static constexpr int kGroup = 2;
  static Sum zero() { return set(0); }
  static Vector as_float(Sum sum) { return sum; }
  static Words join(const std::byte* row, std::int64_t stride, std::int64_t rows) {
    return join_halves(row, stride, rows);
  }
};

// u8 by i8, summed in i32.
struct BytesToIntegers {
  using Element = std::int32_t;
  using Sum = Words;
  static constexpr int kGroup = 4;
  static Sum zero() { return zero_words(); }
  static Vector as_float(Sum sum) { return convert(sum); }
  static Words join(const std::byte* row, std::int64_t stride, std::int64_t rows) {
    return join_bytes(row, stride, rows);
  }
};
