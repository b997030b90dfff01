#pragma once

// Functions of one Vector or two over packed elements, floats unless said otherwise. Private:
// included after avx2.inl.h, avx512.inl.h or neon.inl.h, in the same region, and after their
// _narrow.inl.h where elements are of bf16.

// How results are written: `stream` past the caches, to an `out` that begins at a cache line.
enum class Writes { store, stream };

template <Writes kWrites, class Element>
inline void write(Element* to, Vector v) {
  if constexpr (kWrites == Writes::stream) {
    stream(to, v);
  } else {
    store(to, v);
  }
}

// After the last write: the next launch, or another thread, reads what was streamed.
template <Writes kWrites>
inline void finish_writes() {
  if constexpr (kWrites == Writes::stream) finish_streams();
}

inline Vector same(Vector v) { return v; }

// out = f(in). Two vectors at a time, so that one's latency hides in the other's. Who streams calls
// finish_writes in the end.
template <Vector (*kFunction)(Vector), Writes kWrites = Writes::store, class Element = float>
inline void map_elements(const Element* in, Element* out, std::int64_t count_all) {
  const auto count = static_cast<std::size_t>(count_all);
  std::size_t i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    const Vector first = kFunction(load(in + i));
    const Vector second = kFunction(load(in + i + kLanes));
    write<kWrites>(out + i, first);
    write<kWrites>(out + i + kLanes, second);
  }
  for (; i < count; i += kLanes) {
    const Part lanes = part(smaller(kLanes, count - i));
    store(out + i, lanes, kFunction(load(in + i, lanes)));
  }
}

// out = f(a, b), likewise.
template <Vector (*kFunction)(Vector, Vector), Writes kWrites = Writes::store>
inline void map_pairs(const float* a, const float* b, float* out, std::int64_t count_all) {
  const auto count = static_cast<std::size_t>(count_all);
  std::size_t i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    const Vector first = kFunction(load(a + i), load(b + i));
    const Vector second = kFunction(load(a + i + kLanes), load(b + i + kLanes));
    write<kWrites>(out + i, first);
    write<kWrites>(out + i + kLanes, second);
  }
  for (; i < count; i += kLanes) {
    const Part lanes = part(smaller(kLanes, count - i));
    store(out + i, lanes, kFunction(load(a + i, lanes), load(b + i, lanes)));
  }
}
