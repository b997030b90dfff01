#include "kernels/gemm/cuda_simt.h"

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel batched_gemm_cuda_simt = {
    .primitive = "batched_gemm",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "as gemm/cuda_simt, a layer of the grid a product",
    .refuses = ERGON_CUDA::refuse_simt_gemm,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind_simt_gemm,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
