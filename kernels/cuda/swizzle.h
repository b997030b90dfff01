#pragma once

namespace ergon {

// A matrix in shared memory whose rows are kChunks chunks of 16 bytes: the byte at which chunk
// `chunk` of row `row` lies. The 32 banks are 8 chunks wide; chunks of a row change places by the
// row's number, so that one chunk of 8 rows in a row (what ldmatrix reads at a time) lies in all 8
// places, as do 8 chunks of one row (what a quarter of a warp copies at a time). The scheme of
// CUTLASS' Swizzle<3, 3, 3> for rows of 128 bytes and more; shorter rows change places every
// 8 / kChunks rows.
template <int kChunks>
[[nodiscard]] constexpr int swizzled(int row, int chunk) {
  static_assert(kChunks > 0 && (kChunks & (kChunks - 1)) == 0, "a power of two");
  constexpr int kRowsAlike = kChunks < 8 ? 8 / kChunks : 1;
  constexpr int kPlaces = kChunks < 8 ? kChunks : 8;
  return 16 * (row * kChunks + (chunk ^ (row / kRowsAlike % kPlaces)));
}

}  // namespace ergon
