#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/functions.h"

namespace ergon::ERGON_CUDA {
namespace {

struct Swiglu {
  static constexpr bool kMoves = false;
  ERGON_LANE static float of(float gate, float up) { return silu(gate) * up; }
};

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel swiglu_cuda_simt = {
    .primitive = "swiglu",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "one exp2 and one reciprocal; vectors of 16 bytes, two of each operand a thread",
    .refuses = ERGON_CUDA::refuse_but_floats,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind_elementwise<ERGON_CUDA::Swiglu, 2>,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
