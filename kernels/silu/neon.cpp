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

Launch bind(const Binding& binding) { return bind_elementwise(binding, map_elements<silu>); }

}  // namespace

namespace kernel {
extern const Kernel silu_neon = {
    .primitive = "silu",
    .name = "neon",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kNeon},
    .source = "exp in base 2 by a polynomial of degree 5, and a division",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
