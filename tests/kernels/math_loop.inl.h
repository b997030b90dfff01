#pragma once

// A vector function over an array. Private: included after kernels/math/functions.inl.h.
template <Vector (*kFunction)(Vector)>
inline void over(const float* in, float* out, std::int64_t count_all) {
  const auto count = static_cast<std::size_t>(count_all);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Part lanes = part(count - i < kLanes ? count - i : kLanes);
    store(out + i, lanes, kFunction(load(in + i, lanes)));
  }
}
