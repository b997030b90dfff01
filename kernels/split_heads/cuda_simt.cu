#include "kernels/heads/cuda_exchange.h"

namespace ergon::ERGON_CUDA {
namespace {

Launch bind(const Binding& binding) { return bind_heads(binding, "sequence", "heads"); }

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel split_heads_cuda_simt = {
    .primitive = "split_heads",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "rows moved in words of 16 bytes, four loads on their way a thread",
    .refuses = ERGON_CUDA::refuse_but_floats,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
