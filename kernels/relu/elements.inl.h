#pragma once

// ReLU of packed elements, with plain and with non-temporal stores. Private: included after
// math/elements.inl.h, in the same region.

inline Vector relu(Vector x) { return max(set(0), x); }  // NaN where x is NaN

inline void store_relu(const float* in, float* out, std::int64_t count) {
  map_elements<relu>(in, out, count);
}
inline void stream_relu(const float* in, float* out, std::int64_t count) {
  map_elements<relu, Writes::stream>(in, out, count);
  finish_writes<Writes::stream>();
}
