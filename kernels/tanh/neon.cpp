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

Launch bind(const Binding& binding) {
  return bind_elementwise(binding, map_elements<tanh_rational>);
}

}  // namespace

namespace kernel {
extern const Kernel tanh_neon = {
    .primitive = "tanh",
    .name = "neon",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kNeon},
    .source = "x P(x^2) / Q(x^2), both of degree 4",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
