#include "kernels/gemm/blocked.h"

#include <memory>

#include "kernels/cpu/team.h"
#include "kernels/gemm/blocks.h"

namespace ergon {
namespace {

Buffer allocate_floats(const Binding& binding, std::int64_t floats) {
  return binding.device.allocate(static_cast<std::size_t>(floats) * sizeof(float), binding.threads);
}

// What a launch needs and bind makes.
struct BlockedGemm {
  GemmArguments gemm;
  GemmBlocks blocks;
  int threads;
  Buffer scratch;  // a part a member
  Buffer weights;  // null where they are packed in the launch or not at all

  void run() const {
    parallel_first(blocks.plan.members, threads, [this](int member) {
      multiply_block(blocks, gemm, reinterpret_cast<const float*>(weights.get()), member,
                     reinterpret_cast<float*>(scratch.get()) + blocks.scratch_floats * member);
    });
  }
};

}  // namespace

Launch bind_blocked_gemm(const Binding& binding, const GemmInstructions& instructions) {
  prepare_team(binding.threads);
  const GemmArguments gemm = gemm_arguments(binding);
  const GemmBlocks blocks = make_blocks(gemm, instructions, binding.device.caches(),
                                        binding.threads, binding.weights_packed);
  const Buffer scratch = allocate_floats(binding, blocks.scratch_floats * blocks.plan.members);
  Buffer weights;
  if (blocks.plan.source == GemmPlan::Source::weights) {
    weights = allocate_floats(binding, blocks.columns_rounded * gemm.k);
    pack_weights(blocks, gemm, binding.threads, reinterpret_cast<float*>(weights.get()));
  }
  return [product = std::make_shared<const BlockedGemm>(
              BlockedGemm{gemm, blocks, binding.threads, scratch, weights})] { product->run(); };
}

}  // namespace ergon
