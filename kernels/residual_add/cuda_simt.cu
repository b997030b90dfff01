#include "kernels/cuda/elementwise.h"

namespace ergon::ERGON_CUDA {
namespace {

struct Sum {
  static constexpr bool kMoves = false;
  ERGON_LANE static float of(float a, float b) { return a + b; }
};

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel residual_add_cuda_simt = {
    .primitive = "residual_add",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "vectors of 16 bytes, two of each operand on their way a thread",
    .refuses = ERGON_CUDA::refuse_but_floats,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind_elementwise<ERGON_CUDA::Sum, 2>,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
