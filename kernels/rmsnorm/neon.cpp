#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/elementwise.h"
#include "kernels/norm/epsilon.h"
#include "kernels/norm/rows.h"

namespace ergon {
namespace {

#include "kernels/math/neon.inl.h"
// The elements need the vectors.
#include "kernels/math/elements.inl.h"
// The rows need both.
#include "kernels/norm/rows.inl.h"

Launch bind(const Binding& binding) {
  return bind_norm(
      binding, norm_streams(binding) ? rmsnorm_rows<Writes::stream> : rmsnorm_rows<Writes::store>);
}

}  // namespace

namespace kernel {
extern const Kernel rmsnorm_neon = {
    .primitive = "rmsnorm",
    .name = "neon",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kNeon},
    .source = "two passes over a row in the cache",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
