#pragma once

#include <cstddef>
#include <cstdint>

namespace ergon {

// Narrow GEMM: elements of a and b that are narrower than their sums. A word of 32 bits holds a
// group of neighbours along k, two of bf16 or four bytes, as the instructions take them: a lane's
// sum grows by the products of one word of a and one of b. In words, narrow GEMM is the f32 one.

// sums = a b + addend for one tile of sums that stays in registers while k goes by. Strides of a
// and b are in bytes, of sums and addend in elements, which have 4 bytes: f32, or i32 for bytes.
struct NarrowTile {
  const std::byte* a;  // rows x words, row i at a + i * a_stride
  std::int64_t a_stride;
  const std::byte* b;  // words x columns, row p at b + p * b_stride; n x k in a dot tile
  std::int64_t b_stride;
  void* sums;  // rows x columns
  std::int64_t sums_stride;
  const void* addend;  // like sums, null for none; the bias with stride 0
  std::int64_t addend_stride;
  std::int64_t words;  // of k; bytes of k in a dot tile, where a last word need not be whole
  int columns;         // no more than the tile's vectors hold; no sums beyond them are touched
};

using NarrowMicrokernel = void (*)(const NarrowTile& tile);

// out = narrow(epilogue(scale * sums)) for one row of `count` elements.
struct NarrowRow {
  const void* sums;
  void* out;           // f32 or bf16
  const float* scale;  // a factor a column, null for none
  bool gelu;
  std::int64_t count;
};

// A part of b to be packed: `columns` of it, k elements each, into words x columns.
struct NarrowPanel {
  const std::byte* from;
  std::int64_t from_stride;  // bytes from row to row of b
  std::int64_t columns;
  std::int64_t k;  // elements; what the last word has beyond becomes 0
  std::byte* to;
  std::int64_t to_stride;  // bytes; columns up to the next whole vector become 0
};

// The serial code of one instruction set for one pair of dtypes.
struct NarrowInstructions {
  static constexpr int kRowsMax = 6;
  static constexpr int kVectorsMax = 4;

  int group;    // elements in a word
  int width;    // words in a vector
  int rows;     // of the tallest tile; every smaller one is there as well
  int vectors;  // of the widest

  NarrowMicrokernel outer[kRowsMax + 1][kVectorsMax + 1];

  // Tiles of dot products, for b transposed and few rows: dot[rows][columns], rows <= dot_rows;
  // columns is dot_columns or 1.
  int dot_rows;
  int dot_columns;
  NarrowMicrokernel dot[kRowsMax + 1][kVectorsMax + 1];

  void (*pack_plain)(const NarrowPanel&);       // from b of k x n
  void (*pack_transposed)(const NarrowPanel&);  // from b of n x k

  void (*finish_f32)(const NarrowRow&);
  void (*finish_bf16)(const NarrowRow&);  // null where sums are integers
};

}  // namespace ergon
