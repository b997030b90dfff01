#include "kernels/batched_gemm/batched.h"

#include <algorithm>
#include <memory>

#include "kernels/cpu/rows.h"
#include "kernels/gemm/blocks.h"

namespace ergon {
namespace {

// What a launch needs and bind makes.
struct BatchedGemm {
  GemmArguments first;  // product of the batch
  std::int64_t batch;
  std::int64_t rows;  // of c are shared out together: a tile's
  GemmBlocks blocks;
  int groups, threads;
  Buffer scratch;  // a part a member of each group

  // A group has a share of the rows of all products, and so at most two products in part.
  void run_member(int thread) const {
    const std::int64_t tiles = (first.m + rows - 1) / rows;
    const Share own = share(batch * tiles, 1, groups, thread / blocks.plan.members);
    for (std::int64_t i = own.begin / tiles; i * tiles < own.end; ++i) {
      const std::int64_t begin = std::max(own.begin - i * tiles, std::int64_t{0});
      const std::int64_t end = std::min(own.end - i * tiles, tiles);
      run_rows(thread, i, {begin * rows, std::min(end * rows, first.m)});
    }
  }

  void run_rows(int thread, std::int64_t product, const Share& part) const {
    GemmArguments gemm = first;
    gemm.m = part.end - part.begin;
    gemm.a += (product * first.m + part.begin) * gemm.k;
    gemm.b += product * gemm.n * gemm.k;
    gemm.c += (product * first.m + part.begin) * gemm.n;
    multiply_block(blocks, gemm, nullptr, thread % blocks.plan.members,
                   reinterpret_cast<float*>(scratch.get()) + blocks.scratch_floats * thread);
  }
};

GemmArguments first_product(const Binding& binding) {
  const Problem& problem = binding.problem;
  return {.m = problem.extent("m"),
          .n = problem.extent("n"),
          .k = problem.extent("k"),
          .transposed = problem.choice("transpose_b") == "yes",
          .gelu = false,
          .a = floats_of(binding, 0),
          .b = floats_of(binding, 1),
          .bias = nullptr,
          .c = floats_of(binding, 2)};
}

}  // namespace

Launch bind_batched_gemm(const Binding& binding, const GemmInstructions& instructions) {
  const GemmArguments first = first_product(binding);
  const std::int64_t batch = binding.problem.extent("batch");
  const int members = gemm_threads(batch * first.m * first.n * first.k, binding.threads);
  const int groups = static_cast<int>(std::min<std::int64_t>(batch, members));
  const GemmBlocks blocks =
      make_blocks(first, instructions, binding.device.caches(), members / groups, false);
  const std::int64_t floats = blocks.scratch_floats * blocks.plan.members * groups;
  prepare_team(binding.threads);
  const auto products = std::make_shared<const BatchedGemm>(BatchedGemm{
      first, batch, instructions.rows, blocks, groups, binding.threads,
      binding.device.allocate(static_cast<std::size_t>(floats) * sizeof(float), binding.threads)});
  return [products] {
    parallel_first(products->groups * products->blocks.plan.members, products->threads,
                   [&](int thread) { products->run_member(thread); });
  };
}

}  // namespace ergon
