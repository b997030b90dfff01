#pragma once

// GELU of packed elements. Private: included after math/functions.inl.h, in the same region.

template <Vector (*kGelu)(Vector)>
inline void gelu_elements(const float* in, float* out, std::int64_t count_all) {
  const auto count = static_cast<std::size_t>(count_all);
  std::size_t i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    const Vector first = kGelu(load(in + i));
    const Vector second = kGelu(load(in + i + kLanes));
    store(out + i, first);
    store(out + i + kLanes, second);
  }
  for (; i < count; i += kLanes) {
    const Part lanes = part(smaller(kLanes, count - i));
    store(out + i, lanes, kGelu(load(in + i, lanes)));
  }
}

inline void gelu_erf_elements(const float* in, float* out, std::int64_t count) {
  gelu_elements<gelu_erf>(in, out, count);
}

inline void gelu_tanh_elements(const float* in, float* out, std::int64_t count) {
  gelu_elements<gelu_tanh>(in, out, count);
}
