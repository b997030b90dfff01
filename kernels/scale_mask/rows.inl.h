#pragma once

// Scaling and masking of a row of scores. Private: included after math/elements.inl.h, in the same
// region.

inline Vector scaled(Vector score) { return mul(score, set(kScoreScaleFloat)); }
inline Vector scaled_and_masked(Vector score, Vector mask) {
  return fma(score, set(kScoreScaleFloat), mask);
}

inline void scale_mask_row(const ScoreRow& row) {
  if (row.mask != nullptr) {
    map_pairs<scaled_and_masked>(row.scores, row.mask, row.out, row.keys);
    return;
  }
  map_elements<scaled>(row.scores, row.out, row.seen);
  const auto keys = static_cast<std::size_t>(row.keys);
  const Vector masked = set(kScoreMaskedFloat);
  for (auto i = static_cast<std::size_t>(row.seen); i < keys; i += kLanes) {
    store(row.out + i, part(smaller(kLanes, keys - i)), masked);
  }
}
