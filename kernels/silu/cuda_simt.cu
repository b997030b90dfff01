#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/functions.h"

namespace ergon::ERGON_CUDA {
namespace {

struct Silu {
  static constexpr bool kMoves = false;
  ERGON_LANE static float of(float x) { return silu(x); }
};

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel silu_cuda_simt = {
    .primitive = "silu",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "one exp2 and one reciprocal; vectors of 16 bytes, four a thread",
    .refuses = ERGON_CUDA::refuse_but_floats,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind_elementwise<ERGON_CUDA::Silu, 1>,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
