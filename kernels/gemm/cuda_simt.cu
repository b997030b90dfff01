#include "kernels/gemm/cuda_simt.h"

#include "kernels/gemm/cuda_bind.inl.h"
#include "kernels/gemm/cuda_simt.inl.h"
#include "kernels/gemm/cuda_simt_async.inl.h"
#include "kernels/gemm/cuda_simt_registers.inl.h"
#include "kernels/refusal.h"

namespace ergon::ERGON_CUDA {
namespace {

constexpr Dtypes kF32 = {};
constexpr Dtypes kF16 = {Dtype::f16, Dtype::f16, Dtype::f32, Dtype::f16};
constexpr Dtypes kF16Wide = {Dtype::f16, Dtype::f16, Dtype::f32, Dtype::f32};
constexpr Dtypes kBf16 = {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::bf16};
constexpr Dtypes kBf16Wide = {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::f32};

// Of 128 lanes 0.85 and 0.7 are expected to multiply.
template <class Tile>
constexpr CudaTile tile_of(int products) {
  return {.m = Tile::kM,
          .n = Tile::kN,
          .k = Tile::kDepth,
          .blocks = Tile::kBlocks,
          .products = products};
}
constexpr CudaTile kTiles[] = {tile_of<SmallSimtTile>(90), tile_of<LargeSimtTile>(109)};

CudaGemmPlan plan_of(const CudaGemmArguments& gemm, Device& device, bool large) {
  return plan_cuda_gemm({gemm.m, gemm.n, gemm.k, gemm.batch}, std::span(kTiles, large ? 2 : 1),
                        cuda_device(device).properties().multiprocessors);
}

template <class Feed>
Launch bind_feed(Device& device, const CudaGemmArguments& gemm, const CudaGemmPlan& plan) {
  return launch_gemm<SimtGemm<Feed>, typename Feed::Out>(device, gemm, plan, Feed::kSharedBytes);
}

// The large tile is only for asynchronous copies whose every row of b comes in 16 bytes, or all one
// by one: two sets of addresses, or operands in registers beside them, would spill.
template <bool kTransposed, bool kRuns>
Launch bind_async(Device& device, const CudaGemmArguments& gemm) {
  constexpr bool kLarge = kTransposed || kRuns;
  const CudaGemmPlan plan = plan_of(gemm, device, kLarge);
  if constexpr (kLarge) {
    if (plan.tile == 1) {
      return bind_feed<AsyncFeed<kTransposed, kRuns, LargeSimtTile>>(device, gemm, plan);
    }
  }
  return bind_feed<AsyncFeed<kTransposed, kRuns, SmallSimtTile>>(device, gemm, plan);
}

template <class Element>
Launch bind_registers(Device& device, const CudaGemmArguments& gemm, bool transposed) {
  const CudaGemmPlan plan = plan_of(gemm, device, false);
  const bool runs = rows_are_multiples(gemm, transposed, 4);
  using Tile = SmallSimtTile;
  if (transposed) {
    return runs ? bind_feed<RegisterFeed<Element, true, true, Tile>>(device, gemm, plan)
                : bind_feed<RegisterFeed<Element, true, false, Tile>>(device, gemm, plan);
  }
  return runs ? bind_feed<RegisterFeed<Element, false, true, Tile>>(device, gemm, plan)
              : bind_feed<RegisterFeed<Element, false, false, Tile>>(device, gemm, plan);
}

Launch bind_f32(Device& device, const CudaGemmArguments& gemm, bool transposed) {
  if (cuda_device(device).properties().sm < 80) {
    return bind_registers<float>(device, gemm, transposed);
  }
  if (transposed) return bind_async<true, false>(device, gemm);
  return gemm.n % 4 == 0 ? bind_async<false, true>(device, gemm)
                         : bind_async<false, false>(device, gemm);
}

}  // namespace

std::string refuse_simt_gemm(const Problem& problem, bool weights_packed) {
  std::string why = refuse_packed_weights(weights_packed);
  if (why.empty()) {
    why = refuse_dtypes_outside({kF32, kF16, kF16Wide, kBf16, kBf16Wide}, problem);
  }
  return why.empty() ? refuse_cuda_extents(problem) : why;
}

Launch bind_simt_gemm(const Binding& binding) {
  const CudaGemmArguments gemm = cuda_gemm_arguments(binding);
  const bool transposed = binding.problem.choice("transpose_b") == "yes";
  Device& device = binding.device;
  if (binding.problem.dtypes.a == Dtype::f16) return bind_registers<F16>(device, gemm, transposed);
  if (binding.problem.dtypes.a == Dtype::bf16) {
    return bind_registers<Bf16>(device, gemm, transposed);
  }
  return bind_f32(device, gemm, transposed);
}

}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel gemm_cuda_simt = {
    .primitive = "gemm",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "8 x 8 a thread in registers (Gray, \"SGEMM\", maxas, 2014)",
    .refuses = ERGON_CUDA::refuse_simt_gemm,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind_simt_gemm,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
