#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/functions.h"

namespace ergon::ERGON_CUDA {
namespace {

struct GeluErf {
  static constexpr bool kMoves = false;
  ERGON_LANE static float of(float x) { return gelu_erf(x); }
};
struct GeluTanh {
  static constexpr bool kMoves = false;
  ERGON_LANE static float of(float x) { return gelu_tanh(x); }
};

Launch bind(const Binding& binding) {
  if (binding.problem.choice("form") == "erf") return bind_elementwise<GeluErf, 1>(binding);
  return bind_elementwise<GeluTanh, 1>(binding);
}

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel gelu_cuda_simt = {
    .primitive = "gelu",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "x times a logistic sigmoid of a polynomial; vectors of 16 bytes, four a thread",
    .refuses = ERGON_CUDA::refuse_but_floats,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
