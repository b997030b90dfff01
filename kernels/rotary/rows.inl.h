#pragma once

// Rotary embedding of one head of one position. Private: included after math/*.inl.h of the
// instruction set, in the same region.

inline void rotate_row(const RotaryRow& row) {
  const auto half = static_cast<std::size_t>(row.half);
  std::size_t i = 0;
  for (; i + kLanes <= half; i += kLanes) {
    const Vector first = load(row.x + i);
    const Vector second = load(row.x + half + i);
    const Vector cosines = load(row.cosines + i);
    const Vector sines = load(row.sines + i);
    store(row.out + i, sub(mul(first, cosines), mul(second, sines)));
    store(row.out + half + i, fma(second, cosines, mul(first, sines)));
  }
  if (i == half) return;
  const Part lanes = part(half - i);
  const Vector first = load(row.x + i, lanes);
  const Vector second = load(row.x + half + i, lanes);
  const Vector cosines = load(row.cosines + i, lanes);
  const Vector sines = load(row.sines + i, lanes);
  store(row.out + i, lanes, sub(mul(first, cosines), mul(second, sines)));
  store(row.out + half + i, lanes, fma(second, cosines, mul(first, sines)));
}
