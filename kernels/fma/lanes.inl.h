#pragma once

// The FMA probe on vectors. Private: included after math/*.inl.h of the instruction set, in the
// same region, with kChains defined.

constexpr std::size_t kInputs = kFmaInputs / kLanes;  // vectors of inputs

// kCount chains in registers, from lane `begin`; each step makes kCount independent multiply-adds.
template <std::size_t kCount>
inline void fma_vectors(const float* in, float* out, std::size_t begin, Part last,
                        std::int64_t depth) {
  Vector x[kInputs];
  for (std::size_t i = 0; i < kInputs; ++i) x[i] = load(in + (begin + i * kLanes) % kFmaInputs);
  Vector y[kCount];
  for (Vector& v : y) v = set(0);
  const Vector a = set(kContraction);
  for (std::int64_t step = 0; step < depth; ++step) {
    for (std::size_t i = 0; i < kCount; ++i) y[i] = fma(a, y[i], x[i % kInputs]);
  }
  for (std::size_t i = 0; i + 1 < kCount; ++i) store(out + begin + i * kLanes, y[i]);
  store(out + begin + (kCount - 1) * kLanes, last, y[kCount - 1]);
}

// The rest of the lanes: as many chains as it has vectors.
template <std::size_t kCount>
inline void fma_rest(const float* in, float* out, std::size_t begin, std::size_t end,
                     std::int64_t depth) {
  if constexpr (kCount > 0) {
    const std::size_t whole = (kCount - 1) * kLanes;
    if (end - begin > whole) {
      fma_vectors<kCount>(in, out, begin, part(end - begin - whole), depth);
    } else {
      fma_rest<kCount - 1>(in, out, begin, end, depth);
    }
  }
}

inline void fma_lanes(const float* in, float* out, std::int64_t begin_lane, std::int64_t end_lane,
                      std::int64_t depth) {
  constexpr std::size_t kBlock = kChains * kLanes;
  auto begin = static_cast<std::size_t>(begin_lane);
  const auto end = static_cast<std::size_t>(end_lane);
  for (; begin + kBlock <= end; begin += kBlock) {
    fma_vectors<kChains>(in, out, begin, part(kLanes), depth);
  }
  fma_rest<kChains>(in, out, begin, end, depth);
}
