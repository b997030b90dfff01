#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/elementwise.h"

namespace ergon {
namespace {

#include "kernels/math/neon.inl.h"
// The functions and the elements need the vectors.
#include "kernels/math/elements.inl.h"
#include "kernels/math/functions.inl.h"
// The gate needs both.
#include "kernels/swiglu/pairs.inl.h"

Launch bind(const Binding& binding) { return bind_elementwise(binding, map_pairs<gated>); }

}  // namespace

namespace kernel {
extern const Kernel swiglu_neon = {
    .primitive = "swiglu",
    .name = "neon",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kNeon},
    .source = "silu as its kernel, times up in the same pass",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
