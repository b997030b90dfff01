#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/cpu/target.h"
#include "kernels/gemm/blocked.h"
#include "kernels/gemm/microkernel.h"
#include "kernels/kernel.h"
#include "kernels/refusal.h"

namespace ergon {
namespace {
#include "kernels/math/neon.inl.h"
// The functions need the vectors, and the microkernels both.
#include "kernels/math/functions.inl.h"
//
#include "kernels/gemm/microkernel.inl.h"

// 6 x 4 vectors: 24 sums, 4 vectors of b and a factor in 32 registers.
constexpr GemmInstructions kInstructions = make_instructions(6, 4);
}  // namespace

const GemmInstructions kGemmNeon = kInstructions;

namespace {

std::string refuses(const Problem& problem, bool /*weights_packed*/) {
  return refuse_dtypes_but(Dtypes{}, problem);
}

Launch bind(const Binding& binding) { return bind_blocked_gemm(binding, kGemmNeon); }

}  // namespace

namespace kernel {
extern const Kernel gemm_neon = {
    .primitive = "gemm",
    .name = "neon",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kNeon},
    .source = "Goto & van de Geijn 2008 as BLIS arranges it; 6x16 tiles",
    .refuses = refuses,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
