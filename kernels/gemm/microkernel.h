#pragma once

#include <cstdint>

namespace ergon {

// c = a b + addend for one tile of c that stays in registers while k goes by.
struct GemmTile {
  const float* a;  // rows x k, row i at a + i * a_stride
  std::int64_t a_stride;
  const float* b;  // k x columns, row p at b + p * b_stride; n x k in a dot tile
  std::int64_t b_stride;
  float* c;  // rows x columns
  std::int64_t c_stride;
  const float* addend;  // rows x columns, null for none: c itself, or the bias with stride 0
  std::int64_t addend_stride;
  std::int64_t k;
  int columns;  // no more than the tile's vectors hold; nothing beyond them is touched
};

using GemmMicrokernel = void (*)(const GemmTile& tile);

// The serial code of one instruction set, tables by rows and vectors (or columns) of the tile.
struct GemmInstructions {
  static constexpr int kRowsMax = 12;
  static constexpr int kVectorsMax = 16;
  static constexpr int kDotColumnsMax = 8;

  int width;    // floats in a vector
  int vectors;  // of the tile that blocks are cut for: 4 x 16 columns, 6 rows
  int rows;

  // Outer-product tiles: outer[masked][rows][vectors]; null where the registers do not hold it.
  // `masked` ones handle a last vector that is not full.
  GemmMicrokernel outer[2][kRowsMax + 1][kVectorsMax + 1];
  int outer_rows[kVectorsMax + 1];  // of the tallest tile of so many vectors

  // Tiles of dot products, for b transposed: dot[rows][columns], rows <= dot_rows and columns <=
  // dot_columns[rows].
  int dot_rows;
  int dot_columns[kRowsMax + 1];
  GemmMicrokernel dot[kRowsMax + 1][kDotColumnsMax + 1];

  // to[p * to_stride + j] = from[j * from_stride + p] for j < columns and p < k; columns up to the
  // next multiple of `width` become 0.
  void (*transpose)(const float* from, std::int64_t from_stride, std::int64_t columns,
                    std::int64_t k, float* to, std::int64_t to_stride);

  // x = GELU(x) over `count` floats.
  void (*gelu)(float* x, std::int64_t count);
};

// Of gemm/avx2.cpp and gemm/avx512.cpp, where the machine has them.
extern const GemmInstructions kGemmAvx2;
extern const GemmInstructions kGemmAvx512;
extern const GemmInstructions kGemmNeon;

}  // namespace ergon
