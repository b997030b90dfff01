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
  GemmBlocks blocks;
  int groups, threads;
  Buffer scratch;  // a part a member of each group

  void run_member(int thread) const {
    const int member = thread % blocks.plan.members;
    const Share products = share(batch, 1, groups, thread / blocks.plan.members);
    float* own = reinterpret_cast<float*>(scratch.get()) + blocks.scratch_floats * thread;
    GemmArguments gemm = first;
    for (std::int64_t i = products.begin; i < products.end; ++i) {
      gemm.a = first.a + i * gemm.m * gemm.k;
      gemm.b = first.b + i * gemm.n * gemm.k;
      gemm.c = first.c + i * gemm.m * gemm.n;
      multiply_block(blocks, gemm, nullptr, member, own);
    }
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
  const int members = threads_worthwhile(batch * first.m * first.n * first.k,
                                         kGemmProductsPerThread, binding.threads);
  const int groups = static_cast<int>(std::min<std::int64_t>(batch, members));
  const GemmBlocks blocks =
      make_blocks(first, instructions, binding.device.caches(), members / groups, false);
  const std::int64_t floats = blocks.scratch_floats * blocks.plan.members * groups;
  prepare_team(binding.threads);
  const auto products = std::make_shared<const BatchedGemm>(BatchedGemm{
      first, batch, blocks, groups, binding.threads,
      binding.device.allocate(static_cast<std::size_t>(floats) * sizeof(float), binding.threads)});
  return [products] {
    parallel_first(products->groups * products->blocks.plan.members, products->threads,
                   [&](int thread) { products->run_member(thread); });
  };
}

}  // namespace ergon
