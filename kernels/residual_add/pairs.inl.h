#pragma once

// Sums of packed elements, with plain and with non-temporal stores. Private: included after
// math/elements.inl.h, in the same region.

inline void store_sums(const float* a, const float* b, float* out, std::int64_t count) {
  map_pairs<add>(a, b, out, count);
}
inline void stream_sums(const float* a, const float* b, float* out, std::int64_t count) {
  map_pairs<add, Writes::stream>(a, b, out, count);
  finish_writes<Writes::stream>();
}
