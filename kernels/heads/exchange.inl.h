#pragma once

// Rows of heads moved whole. Private: included after math/elements.inl.h, in the same region.

template <Writes kWrites>
inline void copy_heads(const HeadExchange& heads, std::int64_t begin, std::int64_t end) {
  const std::int64_t outer = heads.outer;
  const std::int64_t row = heads.row;
  std::int64_t i = begin % outer;
  std::int64_t j = begin / outer % heads.inner;
  const float* entry = heads.in + (begin - j * outer - i) * row;  // of the batch
  for (std::int64_t to = begin; to < end; ++to) {
    map_elements<same, kWrites>(entry + (i * heads.inner + j) * row, heads.out + to * row, row);
    if (++i < outer) continue;
    i = 0;
    if (++j < heads.inner) continue;
    j = 0;
    entry += outer * heads.inner * row;
  }
  finish_writes<kWrites>();
}
