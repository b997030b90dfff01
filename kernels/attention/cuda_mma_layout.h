#pragma once

#include "kernels/cuda/swizzle.h"

namespace ergon {

// Where a warp of the tensor-core attention kernel reads and writes matrices of kHead columns of 16
// bits in shared memory: bytes, of a lane. The fragments are those of mma.m16n8k16 (PTX ISA).
template <int kHead>
struct AttentionLayout {
  static constexpr int kChunks = kHead / 8;

  // ldmatrix.x4 of the a operand: 16 rows from `row`, columns 16 step to + 15.
  [[nodiscard]] static constexpr int query(int lane, int row, int step) {
    return swizzled<kChunks>(row + lane % 16, 2 * step + lane / 16);
  }
  // ldmatrix.x4 of two b operands, keys transposed: keys `key` to + 7, then + 8 to + 15, columns
  // 16 step to + 15.
  [[nodiscard]] static constexpr int key(int lane, int key, int step) {
    return swizzled<kChunks>(key + lane / 16 * 8 + lane % 8, 2 * step + lane / 8 % 2);
  }
  // ldmatrix.x4.trans of two b operands: keys `key` to + 15, columns 16 pair to + 7, then to + 15.
  [[nodiscard]] static constexpr int value(int lane, int key, int pair) {
    return swizzled<kChunks>(key + lane % 16, 2 * pair + lane / 16);
  }
  // Two elements of a sum's fragment: row `row` + lane / 4, of eight columns from 8 chunk.
  [[nodiscard]] static constexpr int output(int lane, int row, int chunk) {
    return swizzled<kChunks>(row + lane / 4, chunk) + lane % 4 * 4;
  }
};

}  // namespace ergon
