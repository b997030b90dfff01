#pragma once

#include "kernels/cuda/launch.h"
#include "kernels/gemm/cuda_finish.inl.h"

namespace ergon::ERGON_CUDA {

// The launch of a GEMM that Launchable makes tile by tile as the plan says, with the sum of the
// parts behind it where k is split. The parts lie in scratch that the launch keeps.
template <class Launchable, class Element>
Launch launch_gemm(Device& device, CudaGemmArguments gemm, const CudaGemmPlan& plan,
                   int shared_bytes) {
  gemm.k_split = plan.k_split;
  gemm.tiles_m = plan.tiles_m;
  gemm.tiles_n = plan.tiles_n;
  gemm.splits = plan.splits;
  const Grid grid = {.x = std::int64_t{plan.tiles_m} * plan.tiles_n,
                     .y = plan.splits,
                     .z = static_cast<int>(gemm.batch),
                     .shared_bytes = shared_bytes};
  if (plan.splits == 1) return make_launch<Launchable>(device, grid, gemm);

  const std::int64_t elements = std::int64_t{gemm.m} * gemm.n;
  const Buffer scratch = device.allocate(
      sizeof(float) * static_cast<std::size_t>(elements) * static_cast<std::size_t>(plan.splits),
      1);
  gemm.partial = reinterpret_cast<float*>(scratch.get());
  using Sum = SumOfParts<Element>;
  const std::int64_t threads = std::int64_t{gemm.m} * ((gemm.n + 3) / 4);
  const Launch parts = make_launch<Launchable>(device, grid, gemm);
  const Launch sum =
      make_launch<Sum>(device, {.x = (threads + Sum::kThreads - 1) / Sum::kThreads}, gemm);
  return [parts, sum, scratch] {
    parts();
    sum();
  };
}

}  // namespace ergon::ERGON_CUDA
