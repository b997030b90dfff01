#pragma once

#include <cstdint>
#include <span>

#include "kernels/device.h"
#include "kernels/gemm/arguments.h"
#include "kernels/gemm/microkernel.h"
#include "kernels/gemm/plan.h"

namespace ergon {

// How every product of one shape is computed: its plan, and the memory that goes with it.
struct GemmBlocks {
  const GemmInstructions* instructions;
  GemmPlan plan;
  std::int64_t a_stride = 0;  // of the copied rows: a line more than k_block, so that rows a power
                              // of two apart do not meet in one set of the cache
  std::int64_t a_floats = 0;  // of a member's scratch for copied rows
  std::int64_t columns_rounded = 0;  // n to the next whole vector
  std::int64_t scratch_floats = 0;   // of each of the plan's members
};

// `instructions` must outlive the blocks.
[[nodiscard]] GemmBlocks make_blocks(const GemmArguments& gemm,
                                     const GemmInstructions& instructions,
                                     std::span<const CacheLevel> caches, int threads,
                                     bool weights_packed);

// A member's block of c, serial: members 0 .. plan.members - 1 make the product, in any order.
// `weights` are packed ones, null where the plan has none; `scratch` is the member's own.
void multiply_block(const GemmBlocks& blocks, const GemmArguments& gemm, const float* weights,
                    int member, float* scratch);

// b as weights of columns_rounded x k floats: per block of k, panel by panel, row by row.
void pack_weights(const GemmBlocks& blocks, const GemmArguments& gemm, int threads, float* to);

}  // namespace ergon
