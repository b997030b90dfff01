#pragma once

#include <cstdint>
#include <span>

#include "kernels/device.h"
#include "kernels/gemm/arguments.h"
#include "kernels/gemm/microkernel.h"

namespace ergon {

// A fork and join costs 0.6 us or more; 2^18 multiply-adds take 1 to 2 us on one core. Fewer than
// these a thread are not worth it.
inline constexpr std::int64_t kGemmProductsPerThread = std::int64_t{1} << 18;

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
  bool copies_a;  // rows of a are copied together first
};

// `caches` smallest first, as Device::caches; sizes that are missing are taken as 32 KiB, 512 KiB
// and 8 MiB.
[[nodiscard]] GemmPlan plan_gemm(const GemmArguments& gemm, const GemmInstructions& instructions,
                                 std::span<const CacheLevel> caches, int threads,
                                 bool weights_packed);

}  // namespace ergon
