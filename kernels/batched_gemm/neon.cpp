#include "kernels/batched_gemm/batched.h"
#include "kernels/cpu/elementwise.h"
#include "kernels/kernel.h"

namespace ergon {
namespace {

Launch bind(const Binding& binding) { return bind_batched_gemm(binding, kGemmNeon); }

}  // namespace

namespace kernel {
extern const Kernel batched_gemm_neon = {
    .primitive = "batched_gemm",
    .name = "neon",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kNeon},
    .source = "the microkernels of gemm/neon, a product a thread",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
