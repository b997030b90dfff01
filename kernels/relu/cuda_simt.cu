#include "kernels/cuda/elementwise.h"

namespace ergon::ERGON_CUDA {
namespace {

struct Relu {
  static constexpr bool kMoves = false;
  ERGON_LANE static float of(float x) { return max(x, 0.0F); }
};

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel relu_cuda_simt = {
    .primitive = "relu",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "vectors of 16 bytes, four on their way a thread",
    .refuses = ERGON_CUDA::refuse_but_floats,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind_elementwise<ERGON_CUDA::Relu, 1>,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
