#pragma once

#include <cstdint>
#include <span>

#include "kernels/device.h"
#include "kernels/gemm/arguments.h"
#include "kernels/gemm/microkernel.h"

namespace ergon {

// How many of `threads` a product of so many multiply-adds takes. 2^16 are 1.1 us of one core at 60
// G/s, where two threads fork and join in 0.6 us (measured; two journeys of a cache line at 0.2 us
// are the least): from 2^17 on two take three quarters of the time of one. More than two meet
// later, and so have 2^17 each.
[[nodiscard]] int gemm_threads(std::int64_t products, int threads);

// How a blocked GEMM is cut: decided once, at bind, from the shape, the caches and the threads.
struct GemmPlan {
  // Where the microkernel reads b.
  enum class Source : std::uint8_t {
    direct,   // b itself, k x n
    launch,   // panels packed in the launch
    weights,  // panels packed at bind
    dot,      // b itself, n x k, by tiles of dot products
  };
  Source source;

  int members;    // threads that work; fewer than asked where the problem is small
  int grid_rows;  // the members' grid over c: grid_rows x grid_columns blocks, one each
  int grid_columns;
  std::int64_t column_multiple;  // the blocks' edges in n

  int vectors;             // of a panel of b
  std::int64_t panel;      // its columns: vectors x width
  std::int64_t k_block;    // of the sums; a multiple of the vectors' width but in the last block
  std::int64_t row_block;  // rows of a at a time
  std::int64_t column_block;
  bool copies_a;      // rows of a are copied together first
  bool prefetches_c;  // a tile's lines of c come while k goes by
};

// `caches` smallest first, as Device::caches; sizes that are missing are taken as 32 KiB, 512 KiB
// and 8 MiB.
[[nodiscard]] GemmPlan plan_gemm(const GemmArguments& gemm, const GemmInstructions& instructions,
                                 std::span<const CacheLevel> caches, int threads,
                                 bool weights_packed);

}  // namespace ergon
