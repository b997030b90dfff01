#include "kernels/norm/cuda_rows.h"

namespace ergon::ERGON_CUDA {
namespace {

Launch bind(const Binding& binding) {
  return of_element(binding.problem,
                    [&]<class Element>(Element) { return launch_norm<true, Element>(binding); });
}

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel layernorm_cuda_simt = {
    .primitive = "layernorm",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "rows in registers, read once and written once; longer ones from the L2 cache",
    .refuses = ERGON_CUDA::refuse_but_floats,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
