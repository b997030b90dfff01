#include "kernels/gemm/cuda_mma.h"

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel batched_gemm_cuda_mma = {
    .primitive = "batched_gemm",
    .name = "cuda_mma",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 80},
    .source = "as gemm/cuda_mma, a layer of the grid a product",
    .refuses = ERGON_CUDA::refuse_mma_gemm,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind_mma_gemm,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
