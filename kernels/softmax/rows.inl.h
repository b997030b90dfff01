#pragma once

// Softmax of rows, in three passes that a row of up to some 100 KiB makes from the L2 cache:
// maximum; exponentials, stored as floats, and their sum; scaling. Private: included after
// math/functions.inl.h and math/avx*_narrow.inl.h, in the same region.

constexpr std::size_t kChains = 4;  // of maxima and of sums: hides the latency of each

template <class Element>
inline float row_max(const Element* in, std::size_t columns) {
  Vector max_at[kChains];
  for (Vector& v : max_at) v = set(kLowest);
  std::size_t i = 0;
  for (; i + kChains * kLanes <= columns; i += kChains * kLanes) {
    for (std::size_t c = 0; c < kChains; ++c) {
      max_at[c] = max(max_at[c], load(in + i + c * kLanes));
    }
  }
  for (; i + kLanes <= columns; i += kLanes) max_at[0] = max(max_at[0], load(in + i));
  if (i < columns) max_at[1] = max(max_at[1], load(in + i, part(columns - i), set(kLowest)));
  return max_of(max(max(max_at[0], max_at[1]), max(max_at[2], max_at[3])));
}

// The subtraction comes before the scaling to base 2: a row of nothing but -FLT_MAX, a usual mask,
// then has differences of 0 and no overflow.
inline Vector exponential(Vector x, Vector max_all) {
  return exp2(mul(sub(x, max_all), set(kLog2E)));
}

// out = exp(in - max); returns the sum.
template <class Element>
inline float row_exponentials(const Element* in, float* out, std::size_t columns, float max_all) {
  const Vector shift = set(max_all);
  Vector sums[kChains];
  for (Vector& v : sums) v = set(0);
  std::size_t i = 0;
  for (; i + kChains * kLanes <= columns; i += kChains * kLanes) {
    for (std::size_t c = 0; c < kChains; ++c) {
      const Vector e = exponential(load(in + i + c * kLanes), shift);
      store(out + i + c * kLanes, e);
      sums[c] = add(sums[c], e);
    }
  }
  for (; i + kLanes <= columns; i += kLanes) {
    const Vector e = exponential(load(in + i), shift);
    store(out + i, e);
    sums[0] = add(sums[0], e);
  }
  if (i < columns) {
    const Part lanes = part(columns - i);
    const Vector e = exponential(load(in + i, lanes), shift);
    store(out + i, lanes, e);
    sums[1] = add(sums[1], select(lanes, e, set(0)));
  }
  return sum_of(add(add(sums[0], sums[1]), add(sums[2], sums[3])));
}

// out = in x factor; they may be the same.
template <class Element>
inline void row_scale(const float* in, Element* out, std::size_t columns, float factor) {
  const Vector factors = set(factor);
  std::size_t i = 0;
  for (; i + kLanes <= columns; i += kLanes) store(out + i, mul(load(in + i), factors));
  if (i < columns) {
    const Part lanes = part(columns - i);
    store(out + i, lanes, mul(load(in + i, lanes), factors));
  }
}

inline void softmax_rows(const float* in, float* out, std::int64_t rows, std::int64_t columns_all) {
  const auto columns = static_cast<std::size_t>(columns_all);
  for (std::int64_t row = 0; row < rows; ++row, in += columns, out += columns) {
    const float sum = row_exponentials(in, out, columns, row_max(in, columns));
    row_scale(out, out, columns, 1 / sum);
  }
}

// out = in x factor past the caches, where `out` begins at any float.
inline void row_scale_stream(const float* in, float* out, std::size_t columns, float factor) {
  const Vector factors = set(factor);
  const std::size_t beyond = reinterpret_cast<std::uintptr_t>(out) / sizeof(float) % kLanes;
  std::size_t i = beyond == 0 ? 0 : kLanes - beyond;
  if (i > columns) i = columns;
  if (i > 0) store(out, part(i), mul(load(in, part(i)), factors));
  for (; i + kLanes <= columns; i += kLanes) stream(out + i, mul(load(in + i), factors));
  if (i < columns) {
    const Part lanes = part(columns - i);
    store(out + i, lanes, mul(load(in + i, lanes), factors));
  }
}

// As softmax_rows where in and out are larger than the caches: exponentials wait in a row of their
// own, and results are streamed, so that lines of out are not read before they are written.
inline void softmax_rows_stream(const float* in, float* out, float* exponentials, std::int64_t rows,
                                std::int64_t columns_all) {
  const auto columns = static_cast<std::size_t>(columns_all);
  for (std::int64_t row = 0; row < rows; ++row, in += columns, out += columns) {
    const float sum = row_exponentials(in, exponentials, columns, row_max(in, columns));
    row_scale_stream(exponentials, out, columns, 1 / sum);
  }
  finish_streams();
}

inline void softmax_bf16_rows(const Bf16* in, Bf16* out, float* exponentials, std::int64_t rows,
                              std::int64_t columns_all) {
  const auto columns = static_cast<std::size_t>(columns_all);
  for (std::int64_t row = 0; row < rows; ++row, in += columns, out += columns) {
    const float sum = row_exponentials(in, exponentials, columns, row_max(in, columns));
    row_scale(exponentials, out, columns, 1 / sum);
  }
}
