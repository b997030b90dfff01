#pragma once

// The GEMM microkernels on a Vector. Private: included after kernels/math/avx2.inl.h or
// avx512.inl.h and functions.inl.h, in the same region.

constexpr int kWidth = static_cast<int>(kLanes);
constexpr int kRegisters = kWidth == 8 ? 16 : 32;

inline Part first_lanes(std::int64_t count) { return part(static_cast<std::size_t>(count)); }

// sums + addend, written to a tile of R x N vectors, the last one masked. By value: what c points
// to could be the tile itself for all that the compiler knows, which would read it anew each time.
template <int R, int N, bool kMasked>
inline void store_tile(const GemmTile tile, Vector (&sums)[R][N], Part last) {
  if (tile.addend != nullptr) {
    ERGON_UNROLL for (int i = 0; i < R; ++i) {
      ERGON_UNROLL for (int j = 0; j < N; ++j) {
        const float* addend = tile.addend + i * tile.addend_stride + j * kWidth;
        sums[i][j] = add(sums[i][j], kMasked && j == N - 1 ? load(addend, last) : load(addend));
      }
    }
  }
  ERGON_UNROLL for (int i = 0; i < R; ++i) {
    ERGON_UNROLL for (int j = 0; j < N; ++j) {
      float* c = tile.c + i * tile.c_stride + j * kWidth;
      if (kMasked && j == N - 1) {
        store(c, last, sums[i][j]);
      } else {
        store(c, sums[i][j]);
      }
    }
  }
}

// Rows of b that lie far apart are fetched by no prefetcher of the hardware, which stops at pages:
// this many ahead, some 32 lines and more are under way and a core's buffers for them full. Where b
// is packed, or beyond its end, it costs a slot of a load and nothing else.
constexpr std::int64_t rows_ahead(int vectors) { return vectors <= 10 ? 8 : 4; }
inline void prefetch_ahead(const float* b, std::int64_t ahead) {
  __builtin_prefetch(reinterpret_cast<const char*>(
      reinterpret_cast<std::uintptr_t>(b) + static_cast<std::uintptr_t>(ahead) * sizeof(float)));
}

// A tile of R x N vectors: per step of k, N loads of b and R broadcasts of a feed R N fused
// multiply-adds. Goto & van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008.
template <int R, int N, bool kMasked>
void outer_tile(const GemmTile& tile) {
  Vector sums[R][N];
  ERGON_UNROLL for (int i = 0; i < R; ++i) {
    ERGON_UNROLL for (int j = 0; j < N; ++j) sums[i][j] = set(0);
  }
  const Part last = first_lanes(kMasked ? tile.columns - (N - 1) * kWidth : kWidth);
  const std::int64_t a_stride = tile.a_stride;
  const float* b = tile.b;
  const std::int64_t ahead = rows_ahead(N) * tile.b_stride;
  for (std::int64_t p = 0; p < tile.k; ++p) {
    const float* a = tile.a + p;
    Vector row[N];
    ERGON_UNROLL for (int j = 0; j < N; ++j) {
      row[j] = kMasked && j == N - 1 ? load(b + j * kWidth, last) : load(b + j * kWidth);
      // g++ else reads b again for every row where rows are three or fewer.
      if (R > 1) row[j] = load_once(row[j]);
      prefetch_ahead(b + j * kWidth, ahead);
    }
    ERGON_UNROLL for (int i = 0; i < R; ++i) {
      const Vector factor = set(a[i * a_stride]);
      ERGON_UNROLL for (int j = 0; j < N; ++j) sums[i][j] = fma(factor, row[j], sums[i][j]);
    }
    b += tile.b_stride;
  }
  store_tile<R, N, kMasked>(tile, sums, last);
}

// The J sums of a row of a dot tile.
template <int J>
inline void store_dots(const GemmTile& tile, int row, const Vector (&sums)[J]) {
  float* c = tile.c + row * tile.c_stride;
  const bool adds = tile.addend != nullptr;
  const float* addend = adds ? tile.addend + row * tile.addend_stride : nullptr;
  constexpr int kFours = J / 4 * 4;
  ERGON_UNROLL for (int j = 0; j < kFours; j += 4) {
    const Four four = sums_of(sums[j], sums[j + 1], sums[j + 2], sums[j + 3]);
    store(c + j, adds ? add(four, load_four(addend + j)) : four);
  }
  ERGON_UNROLL for (int j = kFours; j < J; ++j) c[j] = sum_of(sums[j]) + (adds ? addend[j] : 0);
}

// R rows of a against J rows of b, both along k: nothing is packed, for products that read b once.
template <int R, int J>
void dot_tile(const GemmTile& tile) {
  Vector sums[R][J];
  ERGON_UNROLL for (int i = 0; i < R; ++i) {
    ERGON_UNROLL for (int j = 0; j < J; ++j) sums[i][j] = set(0);
  }
  const std::int64_t whole = tile.k / kWidth * kWidth;
  for (std::int64_t p = 0; p < whole; p += kWidth) {
    Vector row[R];
    ERGON_UNROLL for (int i = 0; i < R; ++i) row[i] = load(tile.a + i * tile.a_stride + p);
    ERGON_UNROLL for (int j = 0; j < J; ++j) {
      Vector column = load(tile.b + j * tile.b_stride + p);
      if (R > 1) column = load_once(column);
      ERGON_UNROLL for (int i = 0; i < R; ++i) sums[i][j] = fma(row[i], column, sums[i][j]);
    }
  }
  if (whole < tile.k) {
    const Part rest = first_lanes(tile.k - whole);
    ERGON_UNROLL for (int j = 0; j < J; ++j) {
      const Vector column = load(tile.b + j * tile.b_stride + whole, rest);
      ERGON_UNROLL for (int i = 0; i < R; ++i) {
        sums[i][j] = fma(load(tile.a + i * tile.a_stride + whole, rest), column, sums[i][j]);
      }
    }
  }
  ERGON_UNROLL for (int i = 0; i < R; ++i) store_dots<J>(tile, i, sums[i]);
}

// One square of kLanes x kLanes at a time; `rows` and `columns` beyond the square's are masked.
inline void transpose_square(const float* from, std::int64_t from_stride, std::int64_t columns,
                             std::int64_t k, float* to, std::int64_t to_stride) {
  Vector square[kLanes];
  const Part lanes = first_lanes(k < kWidth ? k : kWidth);
  for (std::int64_t j = 0; j < kWidth; ++j) {
    square[j] = j < columns ? load(from + j * from_stride, lanes) : set(0);
  }
  transpose(square);
  for (std::int64_t p = 0; p < kWidth && p < k; ++p) store(to + p * to_stride, square[p]);
}

void transpose_panel(const float* from, std::int64_t from_stride, std::int64_t columns,
                     std::int64_t k, float* to, std::int64_t to_stride) {
  for (std::int64_t j = 0; j < columns; j += kWidth) {
    for (std::int64_t p = 0; p < k; p += kWidth) {
      transpose_square(from + j * from_stride + p, from_stride, columns - j, k - p,
                       to + p * to_stride + j, to_stride);
    }
  }
}

void gelu_row(float* x, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) store(x + i, gelu_erf(load(x + i)));
  if (i < count) {
    const Part rest = first_lanes(count - i);
    store(x + i, rest, gelu_erf(load(x + i, rest)));
  }
}

// Whether the tile's sums, a row of b and a factor fit the registers. One row's multiply-adds read
// b from memory.
constexpr bool outer_fits(int rows, int vectors) {
  return rows * vectors + (rows > 1 ? vectors : 1) + 1 <= kRegisters;
}

// Most columns of a dot tile; 0 where there are too many rows.
constexpr int dot_columns(int rows) {
  int columns = GemmInstructions::kDotColumnsMax;
  while (columns > 0 && rows * columns + rows + 1 > kRegisters) --columns;
  return columns < 2 || rows > 6 ? 0 : columns;
}

template <int R, int N>
constexpr void set_outer(GemmInstructions& set) {
  if constexpr (outer_fits(R, N)) {
    set.outer[0][R][N] = outer_tile<R, N, false>;
    set.outer[1][R][N] = outer_tile<R, N, true>;
    set.outer_rows[N] = R;
  }
  if constexpr (N < GemmInstructions::kVectorsMax) set_outer<R, N + 1>(set);
}

template <int R, int J>
constexpr void set_dots(GemmInstructions& set) {
  set.dot[R][J] = dot_tile<R, J>;
  if constexpr (J > 1) set_dots<R, J - 1>(set);
}

template <int R>
constexpr void set_rows(GemmInstructions& set) {
  set_outer<R, 1>(set);
  constexpr int kColumns = dot_columns(R);
  if constexpr (kColumns > 0) {
    set.dot_rows = R;
    set.dot_columns[R] = kColumns;
    set_dots<R, kColumns>(set);
  }
  if constexpr (R < GemmInstructions::kRowsMax) set_rows<R + 1>(set);
}

constexpr GemmInstructions make_instructions(int rows, int vectors) {
  GemmInstructions set = {};
  set.width = kWidth;
  set.rows = rows;
  set.vectors = vectors;
  set_rows<1>(set);
  set.transpose = transpose_panel;
  set.gelu = gelu_row;
  return set;
}
