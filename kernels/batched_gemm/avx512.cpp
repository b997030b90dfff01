#include "kernels/batched_gemm/batched.h"
#include "kernels/cpu/elementwise.h"
#include "kernels/kernel.h"

namespace ergon {
namespace {

Launch bind(const Binding& binding) { return bind_batched_gemm(binding, kGemmAvx512); }

}  // namespace

namespace kernel {
extern const Kernel batched_gemm_avx512 = {
    .primitive = "batched_gemm",
    .name = "avx512",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx512f},
    .source = "the microkernels of gemm/avx512, a product a thread",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
