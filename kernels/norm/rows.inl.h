#pragma once

// Layernorm and rmsnorm of rows, in two passes over memory at most: a row of up to some 100 KiB is
// read again from the L2 cache or nearer. The variance is summed around the mean, since the sum of
// squares less the square of the mean cancels. Private: included after math/elements.inl.h, in the
// same region.

constexpr std::size_t kChains = 4;  // of sums: hides the latency of each

inline Vector sum_of_chains(const Vector (&sums)[kChains]) {
  return add(add(sums[0], sums[1]), add(sums[2], sums[3]));
}

inline float row_sum(const float* x, std::size_t columns) {
  Vector sums[kChains];
  for (Vector& v : sums) v = set(0);
  std::size_t i = 0;
  for (; i + kChains * kLanes <= columns; i += kChains * kLanes) {
    for (std::size_t c = 0; c < kChains; ++c) sums[c] = add(sums[c], load(x + i + c * kLanes));
  }
  for (; i + kLanes <= columns; i += kLanes) sums[0] = add(sums[0], load(x + i));
  if (i < columns) sums[1] = add(sums[1], load(x + i, part(columns - i)));
  return sum_of(sum_of_chains(sums));
}

// Sum of the squares of x - center.
inline float row_squares(const float* x, std::size_t columns, Vector center) {
  Vector sums[kChains];
  for (Vector& v : sums) v = set(0);
  std::size_t i = 0;
  for (; i + kChains * kLanes <= columns; i += kChains * kLanes) {
    for (std::size_t c = 0; c < kChains; ++c) {
      const Vector distance = sub(load(x + i + c * kLanes), center);
      sums[c] = fma(distance, distance, sums[c]);
    }
  }
  for (; i + kLanes <= columns; i += kLanes) {
    const Vector distance = sub(load(x + i), center);
    sums[0] = fma(distance, distance, sums[0]);
  }
  if (i < columns) {
    const Part lanes = part(columns - i);
    const Vector distance = sub(load(x + i, lanes, center), center);
    sums[1] = fma(distance, distance, sums[1]);
  }
  return sum_of(sum_of_chains(sums));
}

// 1 / sqrt(squares / columns + epsilon). Of single floats: a vector's root and divisions have twice
// the latency, which every row would wait for.
inline float scale_of(float squares, std::size_t columns) {
  return 1 / root(squares / static_cast<float>(columns) + kNormEpsilonFloat);
}

// (x - mean) scale gamma + beta; x scale gamma.
struct LayernormElement {
  Vector mean, scale;
  inline Vector operator()(const NormArguments& norm, std::size_t i, Vector x) const {
    return fma(mul(sub(x, mean), scale), load(norm.gamma + i), load(norm.beta + i));
  }
  inline Vector operator()(const NormArguments& norm, std::size_t i, Vector x, Part lanes) const {
    return fma(mul(sub(x, mean), scale), load(norm.gamma + i, lanes), load(norm.beta + i, lanes));
  }
};
struct RmsnormElement {
  Vector scale;
  inline Vector operator()(const NormArguments& norm, std::size_t i, Vector x) const {
    return mul(mul(x, scale), load(norm.gamma + i));
  }
  inline Vector operator()(const NormArguments& norm, std::size_t i, Vector x, Part lanes) const {
    return mul(mul(x, scale), load(norm.gamma + i, lanes));
  }
};

template <Writes kWrites, bool kOutAhead, class Element>
inline void write_row_ahead(const NormArguments& norm, const float* x, float* out,
                            std::size_t columns, const Element& element) {
  std::size_t i = 0;
  for (; i + 2 * kLanes <= columns; i += 2 * kLanes) {
    for (std::size_t line = 0; line < 2 * kLanes; line += 16) {
      prefetch(x + columns + i + line);
      if constexpr (kOutAhead) prefetch(out + columns + i + line);
    }
    const Vector first = element(norm, i, load(x + i));
    const Vector second = element(norm, i + kLanes, load(x + i + kLanes));
    write<kWrites>(out + i, first);
    write<kWrites>(out + i + kLanes, second);
  }
  for (; i < columns; i += kLanes) {
    const Part lanes = part(smaller(kLanes, columns - i));
    store(out + i, lanes, element(norm, i, load(x + i, lanes), lanes));
  }
}

template <Writes kWrites, class Element>
inline void write_row(const NormArguments& norm, const float* x, float* out, std::size_t columns,
                      const Element& element) {
  if (kWrites == Writes::store && norm.out_ahead) {
    write_row_ahead<kWrites, true>(norm, x, out, columns, element);
  } else {
    write_row_ahead<kWrites, false>(norm, x, out, columns, element);
  }
}

template <Writes kWrites>
inline void layernorm_rows(const NormArguments& norm, std::int64_t begin, std::int64_t end) {
  const auto columns = static_cast<std::size_t>(norm.columns);
  for (std::int64_t row = begin; row < end; ++row) {
    const float* x = norm.x + row * norm.columns;
    const Vector mean = set(row_sum(x, columns) / static_cast<float>(columns));
    const Vector scale = set(scale_of(row_squares(x, columns, mean), columns));
    write_row<kWrites>(norm, x, norm.out + row * norm.columns, columns,
                       LayernormElement{mean, scale});
  }
  finish_writes<kWrites>();
}

template <Writes kWrites>
inline void rmsnorm_rows(const NormArguments& norm, std::int64_t begin, std::int64_t end) {
  const auto columns = static_cast<std::size_t>(norm.columns);
  for (std::int64_t row = begin; row < end; ++row) {
    const float* x = norm.x + row * norm.columns;
    const Vector scale = set(scale_of(row_squares(x, columns, set(0)), columns));
    write_row<kWrites>(norm, x, norm.out + row * norm.columns, columns, RmsnormElement{scale});
  }
  finish_writes<kWrites>();
}
