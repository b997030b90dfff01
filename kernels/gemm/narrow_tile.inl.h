#pragma once

// The microkernels of narrow GEMM over a policy `Dot`, which says how products of words are summed
// (narrow_dots.inl.h). Private: included after math/functions.inl.h and math/avx*_narrow.inl.h, in
// the same region.

inline Part part_of(std::int64_t count) { return part(static_cast<std::size_t>(count)); }

// A tile of R x N vectors: per word of k, N loads of b and R broadcasts of a feed R N instructions,
// each of which multiplies and adds a group of k.
template <class Dot, int R, int N>
void narrow_outer_tile(const NarrowTile& tile) {
  using Element = typename Dot::Element;
  typename Dot::Sum sums[R][N];
  ERGON_UNROLL for (int i = 0; i < R; ++i) {
    ERGON_UNROLL for (int j = 0; j < N; ++j) sums[i][j] = Dot::zero();
  }
  const std::byte* b = tile.b;
  const std::int64_t a_stride = tile.a_stride;
  for (std::int64_t p = 0; p < tile.words; ++p) {
    const std::byte* a = tile.a + 4 * p;
    typename Dot::Right row[N];
    ERGON_UNROLL for (int j = 0; j < N; ++j) {
      row[j] = Dot::right(load_words(b + j * kVectorBytes));
    }
    ERGON_UNROLL for (int i = 0; i < R; ++i) {
      const typename Dot::Left factor = Dot::left(broadcast_word(a + i * a_stride));
      ERGON_UNROLL for (int j = 0; j < N; ++j) sums[i][j] =
          Dot::add_products(sums[i][j], factor, row[j]);
    }
    b += tile.b_stride;
  }
  constexpr int kWords = static_cast<int>(kLanes);
  const Part last = part_of(tile.columns - (N - 1) * kWords);
  ERGON_UNROLL for (int i = 0; i < R; ++i) {
    ERGON_UNROLL for (int j = 0; j < N; ++j) {
      auto* to = static_cast<Element*>(tile.sums) + i * tile.sums_stride + j * kWords;
      typename Dot::Sum sum = sums[i][j];
      if (tile.addend != nullptr) {
        const auto* addend =
            static_cast<const Element*>(tile.addend) + i * tile.addend_stride + j * kWords;
        sum = add(sum, j == N - 1 ? load(addend, last) : load(addend));
      }
      if (j == N - 1) {
        store(to, last, sum);
      } else {
        store(to, sum);
      }
    }
  }
}

// The first `bytes` of a vector of words, zeros after them; the rest is not read.
inline Words load_first(const std::byte* from, std::int64_t bytes) {
  const std::int64_t whole = bytes / 4;
  const Words words = load(reinterpret_cast<const std::int32_t*>(from), part_of(whole));
  if (bytes % 4 == 0) return words;
  std::uint32_t last = 0;
  for (std::int64_t i = 0; i < bytes % 4; ++i) {
    last |= std::to_integer<std::uint32_t>(from[4 * whole + i]) << (8 * i);
  }
  const Vector all = as_floats(broadcast_word(reinterpret_cast<const std::byte*>(&last)));
  const Vector rest = select(part_of(whole + 1), all, set(0));
  return as_words(select(part_of(whole), as_floats(words), rest));
}

// The J sums of a row of a dot tile.
template <class Dot, int J>
inline void store_narrow_dots(const NarrowTile& tile, int row, const typename Dot::Sum (&sums)[J]) {
  using Element = typename Dot::Element;
  auto* to = static_cast<Element*>(tile.sums) + row * tile.sums_stride;
  const auto* addend = static_cast<const Element*>(tile.addend);
  const bool adds = addend != nullptr;
  if (adds) addend += row * tile.addend_stride;
  constexpr int kFours = J / 4 * 4;
  ERGON_UNROLL for (int j = 0; j < kFours; j += 4) {
    const auto four = sums_of(sums[j], sums[j + 1], sums[j + 2], sums[j + 3]);
    store(to + j, adds ? add(four, load_four(addend + j)) : four);
  }
  ERGON_UNROLL for (int j = kFours; j < J; ++j) to[j] = sum_of(sums[j]) + (adds ? addend[j] : 0);
}

// R rows of a against J rows of b, both along k: nothing is packed, for products that read b once.
template <class Dot, int R, int J>
void narrow_dot_tile(const NarrowTile& tile) {
  typename Dot::Sum sums[R][J];
  ERGON_UNROLL for (int i = 0; i < R; ++i) {
    ERGON_UNROLL for (int j = 0; j < J; ++j) sums[i][j] = Dot::zero();
  }
  const std::int64_t whole = tile.words / kVectorBytes * kVectorBytes;
  for (std::int64_t p = 0; p < whole; p += kVectorBytes) {
    typename Dot::Left row[R];
    ERGON_UNROLL for (int i = 0; i < R; ++i) {
      row[i] = Dot::left(load_words(tile.a + i * tile.a_stride + p));
    }
    ERGON_UNROLL for (int j = 0; j < J; ++j) {
      const typename Dot::Right column = Dot::right(load_words(tile.b + j * tile.b_stride + p));
      ERGON_UNROLL for (int i = 0; i < R; ++i) sums[i][j] =
          Dot::add_products(sums[i][j], row[i], column);
    }
  }
  if (whole < tile.words) {
    const std::int64_t rest = tile.words - whole;
    ERGON_UNROLL for (int j = 0; j < J; ++j) {
      const auto column = Dot::right(load_first(tile.b + j * tile.b_stride + whole, rest));
      ERGON_UNROLL for (int i = 0; i < R; ++i) {
        const auto row = Dot::left(load_first(tile.a + i * tile.a_stride + whole, rest));
        sums[i][j] = Dot::add_products(sums[i][j], row, column);
      }
    }
  }
  ERGON_UNROLL for (int i = 0; i < R; ++i) store_narrow_dots<Dot, J>(tile, i, sums[i]);
}

// A vector of words where fewer than its columns are left: rows of b are copied together first,
// since what lies behind them may not be read.
template <class Dot>
inline Words join_rest(const std::byte* row, std::int64_t stride, std::int64_t rows,
                       std::int64_t columns) {
  constexpr std::int64_t kStride = kVectorBytes / Dot::kGroup;
  alignas(64) std::byte copy[kVectorBytes] = {};
  for (std::int64_t q = 0; q < rows && q < Dot::kGroup; ++q) {
    __builtin_memcpy(copy + q * kStride, row + q * stride,
                     static_cast<std::size_t>(columns * (4 / Dot::kGroup)));
  }
  return Dot::join(copy, kStride, rows);
}

template <class Dot>
void pack_narrow_rows(const NarrowPanel& panel) {
  constexpr std::int64_t kWords = kLanes;
  std::byte* to = panel.to;
  for (std::int64_t p = 0; p < panel.k; p += Dot::kGroup, to += panel.to_stride) {
    const std::byte* row = panel.from + p * panel.from_stride;
    std::int64_t j = 0;
    for (; j + kWords <= panel.columns; j += kWords) {
      store_words(to + 4 * j,
                  Dot::join(row + j * (4 / Dot::kGroup), panel.from_stride, panel.k - p));
    }
    if (j < panel.columns) {
      store_words(to + 4 * j, join_rest<Dot>(row + j * (4 / Dot::kGroup), panel.from_stride,
                                             panel.k - p, panel.columns - j));
    }
  }
}

// Words along k become words along columns: a transposition of squares of words.
template <class Dot>
void pack_narrow_columns(const NarrowPanel& panel) {
  constexpr std::int64_t kWords = kLanes;
  const std::int64_t bytes = panel.k * (4 / Dot::kGroup);
  for (std::int64_t j = 0; j < panel.columns; j += kWords) {
    for (std::int64_t p = 0; p < bytes; p += kVectorBytes) {
      const std::int64_t rest = bytes - p < kVectorBytes ? bytes - p : kVectorBytes;
      Vector square[kLanes];
      for (std::int64_t i = 0; i < kWords; ++i) {
        const std::byte* from = panel.from + (j + i) * panel.from_stride + p;
        if (j + i >= panel.columns) {
          square[i] = set(0);
        } else {
          square[i] = as_floats(rest == kVectorBytes ? load_words(from) : load_first(from, rest));
        }
      }
      transpose(square);
      std::byte* to = panel.to + p / 4 * panel.to_stride + 4 * j;
      for (std::int64_t i = 0; 4 * i < rest; ++i) {
        store_words(to + i * panel.to_stride, as_words(square[i]));
      }
    }
  }
}

inline Vector finished(Vector sum, Vector scale, bool gelu) {
  const Vector x = mul(sum, scale);
  return gelu ? gelu_erf(x) : x;
}

template <class Dot, class Out>
void finish_narrow_row(const NarrowRow& row) {
  const auto* sums = static_cast<const typename Dot::Element*>(row.sums);
  auto* out = static_cast<Out*>(row.out);
  const auto count = static_cast<std::size_t>(row.count);
  const Vector one = set(1);
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const Vector scale = row.scale == nullptr ? one : load(row.scale + i);
    store(out + i, finished(Dot::as_float(load(sums + i)), scale, row.gelu));
  }
  if (i < count) {
    const Part rest = part(count - i);
    const Vector scale = row.scale == nullptr ? one : load(row.scale + i, rest);
    store(out + i, rest, finished(Dot::as_float(load(sums + i, rest)), scale, row.gelu));
  }
}

template <class Dot, int R, int N>
constexpr void set_narrow_row(NarrowInstructions& set) {
  set.outer[R][N] = narrow_outer_tile<Dot, R, N>;
  if constexpr (N < Dot::kVectors) set_narrow_row<Dot, R, N + 1>(set);
}

template <class Dot, int R = 1>
constexpr void set_narrow_rows(NarrowInstructions& set) {
  set_narrow_row<Dot, R, 1>(set);
  if constexpr (R <= Dot::kDotRows) {
    set.dot[R][1] = narrow_dot_tile<Dot, R, 1>;
    set.dot[R][Dot::kDotColumns] = narrow_dot_tile<Dot, R, Dot::kDotColumns>;
  }
  if constexpr (R < Dot::kRows) set_narrow_rows<Dot, R + 1>(set);
}

template <class Dot>
constexpr NarrowInstructions make_narrow_instructions() {
  NarrowInstructions set = {};
  set.group = Dot::kGroup;
  set.width = static_cast<int>(kLanes);
  set.rows = Dot::kRows;
  set.vectors = Dot::kVectors;
  set.dot_rows = Dot::kDotRows;
  set.dot_columns = Dot::kDotColumns;
  set_narrow_rows<Dot>(set);
  set.pack_plain = pack_narrow_rows<Dot>;
  set.pack_transposed = pack_narrow_columns<Dot>;
  set.finish_f32 = finish_narrow_row<Dot, float>;
  if constexpr (Dot::kGroup == 2) set.finish_bf16 = finish_narrow_row<Dot, Bf16>;
  return set;
}
