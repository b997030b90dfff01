#pragma once

// Microkernels of attention: a few query rows against a block of keys and values. Private:
// included after math/functions.inl.h, in the same region, with kTileRows and kTileVectors defined:
// rows x vectors of accumulators, vectors of keys or values and one broadcast fit the registers.

constexpr std::size_t kPanel = kTileVectors * kLanes;  // keys of a packed panel
constexpr std::size_t kBlock = 256;                    // keys of a block; a multiple of kPanel

// Functions of their own: inlined into their callers, g++ kept one of the 12 sums of AVX2 in
// memory, which made each step wait for a store.
//
// Scores of kRows queries with kVectors vectors of keys. keys: head_size x kPanel, transposed;
// scores: kRows x kBlock.
template <std::size_t kRows, std::size_t kVectors>
[[gnu::noinline]] void panel_scores(const float* q, const float* keys, std::size_t head_size,
                                    float* scores) {
  Vector sums[kRows][kVectors];
  ERGON_UNROLL
  for (auto& row : sums) {
    ERGON_UNROLL
    for (Vector& sum : row) sum = set(0);
  }
  for (std::size_t d = 0; d < head_size; ++d) {
    Vector key[kVectors];
    ERGON_UNROLL
    for (std::size_t j = 0; j < kVectors; ++j) key[j] = load(keys + d * kPanel + j * kLanes);
    ERGON_UNROLL
    for (std::size_t r = 0; r < kRows; ++r) {
      const Vector query = set(q[r * head_size + d]);
      ERGON_UNROLL
      for (std::size_t j = 0; j < kVectors; ++j) sums[r][j] = fma(query, key[j], sums[r][j]);
    }
  }
  ERGON_UNROLL
  for (std::size_t r = 0; r < kRows; ++r) {
    ERGON_UNROLL
    for (std::size_t j = 0; j < kVectors; ++j) store(scores + r * kBlock + j * kLanes, sums[r][j]);
  }
}

// The same for `vectors`, 1 .. kVectors, known at run time.
template <std::size_t kRows, std::size_t kVectors = kTileVectors>
inline void panel_scores(const float* q, const float* keys, std::size_t head_size, float* scores,
                         std::size_t vectors) {
  if constexpr (kVectors > 1) {
    if (vectors < kVectors) {
      panel_scores<kRows, kVectors - 1>(q, keys, head_size, scores, vectors);
      return;
    }
  }
  panel_scores<kRows, kVectors>(q, keys, head_size, scores);
}

// Columns of values, and of the output that they are summed into.
struct Columns {
  const float* values;  // key j's at values + j head_size
  float* out;           // row r's at out + r head_size
  std::size_t head_size;
};

template <bool kWhole>
inline Vector load_lanes(const float* from, Part lanes) {
  if constexpr (kWhole) return load(from);
  return load(from, lanes);
}

// out = (out x before + weights values) x after, row by row; out is not read where `first`.
// weights: kRows x kBlock, of which `count` keys. `lanes` of each vector count unless kWhole.
template <std::size_t kRows, std::size_t kVectors, bool kWhole>
[[gnu::noinline]] void add_values(const float* weights, std::size_t count, const Columns& columns,
                                  Part lanes, bool first, const float* before, const float* after) {
  const std::size_t stride = columns.head_size;
  Vector sums[kRows][kVectors];
  ERGON_UNROLL
  for (std::size_t r = 0; r < kRows; ++r) {
    ERGON_UNROLL
    for (std::size_t j = 0; j < kVectors; ++j) {
      const float* out = columns.out + r * stride + j * kLanes;
      sums[r][j] = first ? set(0) : mul(load_lanes<kWhole>(out, lanes), set(before[r]));
    }
  }
  for (std::size_t key = 0; key < count; ++key) {
    Vector value[kVectors];
    ERGON_UNROLL
    for (std::size_t j = 0; j < kVectors; ++j) {
      value[j] = load_lanes<kWhole>(columns.values + key * stride + j * kLanes, lanes);
    }
    ERGON_UNROLL
    for (std::size_t r = 0; r < kRows; ++r) {
      const Vector weight = set(weights[r * kBlock + key]);
      ERGON_UNROLL
      for (std::size_t j = 0; j < kVectors; ++j) sums[r][j] = fma(weight, value[j], sums[r][j]);
    }
  }
  ERGON_UNROLL
  for (std::size_t r = 0; r < kRows; ++r) {
    ERGON_UNROLL
    for (std::size_t j = 0; j < kVectors; ++j) {
      float* out = columns.out + r * stride + j * kLanes;
      const Vector sum = mul(sums[r][j], set(after[r]));
      if constexpr (kWhole) {
        store(out, sum);
      } else {
        store(out, lanes, sum);
      }
    }
  }
}

// The same for `vectors` whole vectors, 1 .. kVectors, known at run time.
template <std::size_t kRows, std::size_t kVectors = kTileVectors>
inline void add_whole_values(const float* weights, std::size_t count, const Columns& columns,
                             std::size_t vectors, bool first, const float* before,
                             const float* after) {
  if constexpr (kVectors > 1) {
    if (vectors < kVectors) {
      add_whole_values<kRows, kVectors - 1>(weights, count, columns, vectors, first, before, after);
      return;
    }
  }
  add_values<kRows, kVectors, true>(weights, count, columns, part(kLanes), first, before, after);
}

// All columns of a head: whole vectors in chunks of nearly equal width, then the rest.
template <std::size_t kRows>
inline void add_all_values(const float* weights, std::size_t count, const Columns& columns,
                           bool first, const float* before, const float* after) {
  const std::size_t whole = columns.head_size / kLanes;
  const std::size_t chunks = (whole + kTileVectors - 1) / kTileVectors;
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    const std::size_t begin = whole * chunk / chunks;
    const std::size_t end = whole * (chunk + 1) / chunks;
    const Columns some = {columns.values + begin * kLanes, columns.out + begin * kLanes,
                          columns.head_size};
    add_whole_values<kRows>(weights, count, some, end - begin, first, before, after);
  }
  if (whole * kLanes < columns.head_size) {
    const Columns rest = {columns.values + whole * kLanes, columns.out + whole * kLanes,
                          columns.head_size};
    add_values<kRows, 1, false>(weights, count, rest, part(columns.head_size - whole * kLanes),
                                first, before, after);
  }
}
