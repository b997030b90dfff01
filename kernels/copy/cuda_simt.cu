#include "kernels/cuda/elementwise.h"

namespace ergon::ERGON_CUDA {
namespace {

struct Same {
  static constexpr bool kMoves = true;
};

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel copy_cuda_simt = {
    .primitive = "copy",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "vectors of 16 bytes, four on their way a thread",
    .refuses = ERGON_CUDA::refuse_but_floats,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind_elementwise<ERGON_CUDA::Same, 1>,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
