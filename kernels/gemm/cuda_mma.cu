#include "kernels/gemm/cuda_mma.h"

#include "kernels/gemm/cuda_bind.inl.h"
#include "kernels/gemm/cuda_mma.inl.h"
#include "kernels/refusal.h"

namespace ergon::ERGON_CUDA {
namespace {

constexpr Dtypes kF16 = {Dtype::f16, Dtype::f16, Dtype::f32, Dtype::f16};
constexpr Dtypes kF16Wide = {Dtype::f16, Dtype::f16, Dtype::f32, Dtype::f32};
constexpr Dtypes kBf16 = {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::bf16};
constexpr Dtypes kBf16Wide = {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::f32};
constexpr Dtypes kTf32 = {Dtype::tf32, Dtype::tf32, Dtype::f32, Dtype::f32};

// Of 16 bits, of which wgmma makes 2048 products a cycle and mma.sync at most 1270 (expected); tf32
// has half of all of them, so that tiles compare alike.
template <class Tile>
constexpr CudaTile tile_of(int element_bytes, int products) {
  return {.m = Tile::kM,
          .n = Tile::kN,
          .k = Tile::kDepthBytes / element_bytes,
          .blocks = Tile::kBlocks,
          .products = products * 2 / element_bytes};
}
template <int kBytes>
constexpr CudaTile kTiles[] = {tile_of<SmallMmaTile>(kBytes, 700),
                               tile_of<MediumMmaTile>(kBytes, 1150),
                               tile_of<LargeMmaTile>(kBytes, 1250)};

template <class Element, bool kTransposed, bool kNarrow, class Tile>
Launch bind_tile(Device& device, const CudaGemmArguments& gemm, const CudaGemmPlan& plan) {
  using Launchable = MmaGemm<Element, kTransposed, kNarrow, Tile>;
  return launch_gemm<Launchable, typename Launchable::Out>(device, gemm, plan, Tile::kSharedBytes);
}

// Narrow copies have the small tile only: they, not products, are what takes the time.
template <class Element, bool kTransposed>
Launch bind_element(Device& device, const CudaGemmArguments& gemm) {
  constexpr int kBytes = sizeof(Element);
  const bool narrow = !rows_are_multiples(gemm, kTransposed, 16 / kBytes);
  const CudaGemmPlan plan = plan_cuda_gemm({gemm.m, gemm.n, gemm.k, gemm.batch},
                                           std::span(kTiles<kBytes>, narrow ? 1 : 3),
                                           cuda_device(device).properties().multiprocessors);
  if (narrow) return bind_tile<Element, kTransposed, true, SmallMmaTile>(device, gemm, plan);
  if (plan.tile == 0) {
    return bind_tile<Element, kTransposed, false, SmallMmaTile>(device, gemm, plan);
  }
  if (plan.tile == 1) {
    return bind_tile<Element, kTransposed, false, MediumMmaTile>(device, gemm, plan);
  }
  return bind_tile<Element, kTransposed, false, LargeMmaTile>(device, gemm, plan);
}

template <class Element>
Launch bind_layout(const Binding& binding) {
  const CudaGemmArguments gemm = cuda_gemm_arguments(binding);
  return binding.problem.choice("transpose_b") == "yes"
             ? bind_element<Element, true>(binding.device, gemm)
             : bind_element<Element, false>(binding.device, gemm);
}

}  // namespace

std::string refuse_mma_gemm(const Problem& problem, bool weights_packed) {
  std::string why = refuse_packed_weights(weights_packed);
  if (why.empty()) {
    why = refuse_dtypes_outside({kF16, kF16Wide, kBf16, kBf16Wide, kTf32}, problem);
  }
  return why.empty() ? refuse_cuda_extents(problem) : why;
}

Launch bind_mma_gemm(const Binding& binding) {
  if (binding.problem.dtypes.a == Dtype::f16) return bind_layout<F16>(binding);
  if (binding.problem.dtypes.a == Dtype::bf16) return bind_layout<Bf16>(binding);
  return bind_layout<Tf32>(binding);
}

}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel gemm_cuda_mma = {
    .primitive = "gemm",
    .name = "cuda_mma",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 80},
    .source =
        "mma.sync behind a multistage cp.async pipeline (CUTLASS, \"Efficient GEMM in CUDA\")",
    .refuses = ERGON_CUDA::refuse_mma_gemm,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind_mma_gemm,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
