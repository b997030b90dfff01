#include "kernels/cuda/elementwise.h"

namespace ergon::ERGON_CUDA {
namespace {

struct Tanh {
  static constexpr bool kMoves = false;
  ERGON_LANE static float of(float x) { return tanh(x); }
};

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel tanh_cuda_simt = {
    .primitive = "tanh",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "the tanh of CUDA's library; vectors of 16 bytes, four a thread",
    .refuses = ERGON_CUDA::refuse_but_floats,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind_elementwise<ERGON_CUDA::Tanh, 1>,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
