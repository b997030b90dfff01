#include "kernels/batched_gemm/batched.h"
#include "kernels/cpu/elementwise.h"
#include "kernels/kernel.h"

namespace ergon {
namespace {

Launch bind(const Binding& binding) { return bind_batched_gemm(binding, kGemmAvx2); }

}  // namespace

namespace kernel {
extern const Kernel batched_gemm_avx2 = {
    .primitive = "batched_gemm",
    .name = "avx2",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx2 | kFma},
    .source = "the microkernels of gemm/avx2, a product a thread",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
