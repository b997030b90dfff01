#pragma once

// Copies of packed elements. Private: included after math/*.inl.h of the instruction set, in the
// same region.

inline void copy_elements(const float* in, float* out, std::int64_t count_all) {
  const auto count = static_cast<std::size_t>(count_all);
  std::size_t i = 0;
  for (; i + 4 * kLanes <= count; i += 4 * kLanes) {
    const Vector v0 = load(in + i);
    const Vector v1 = load(in + i + kLanes);
    const Vector v2 = load(in + i + 2 * kLanes);
    const Vector v3 = load(in + i + 3 * kLanes);
    store(out + i, v0);
    store(out + i + kLanes, v1);
    store(out + i + 2 * kLanes, v2);
    store(out + i + 3 * kLanes, v3);
  }
  for (; i < count; i += kLanes) {
    const Part lanes = part(smaller(kLanes, count - i));
    store(out + i, lanes, load(in + i, lanes));
  }
}

// The same past the caches. `out` begins at a cache line: buffers are 64-byte aligned, and the
// threads' parts are cut at lines.
inline void stream_elements(const float* in, float* out, std::int64_t count_all) {
  const auto count = static_cast<std::size_t>(count_all);
  const std::size_t whole = count - count % kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) stream(out + i, load(in + i));
  if (whole < count) {
    const Part lanes = part(count - whole);
    store(out + whole, lanes, load(in + whole, lanes));
  }
  _mm_sfence();  // the next launch, or another thread, reads what was written
}
