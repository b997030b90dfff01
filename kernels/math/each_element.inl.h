#pragma once

// out = f(in) over packed elements that a Vector reads and writes as floats, bf16 or floats
// themselves. Two vectors at a time, so that one's latency hides in the other's. Private: included
// after math/avx*_narrow.inl.h, in the same region, or after math/neon.inl.h.
template <Vector (*kFunction)(Vector), class Element>
inline void map_each(const Element* in, Element* out, std::int64_t count_all) {
  const auto count = static_cast<std::size_t>(count_all);
  std::size_t i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    const Vector first = kFunction(load(in + i));
    const Vector second = kFunction(load(in + i + kLanes));
    store(out + i, first);
    store(out + i + kLanes, second);
  }
  for (; i < count; i += kLanes) {
    const Part lanes = part(smaller(kLanes, count - i));
    store(out + i, lanes, kFunction(load(in + i, lanes)));
  }
}
