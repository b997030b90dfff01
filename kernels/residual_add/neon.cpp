#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/copy/levels.h"
#include "kernels/cpu/elementwise.h"

namespace ergon {
namespace {

#include "kernels/math/neon.inl.h"
// The elements need the vectors.
#include "kernels/math/elements.inl.h"
// These need both.
#include "kernels/residual_add/pairs.inl.h"

Launch bind(const Binding& binding) {
  return bind_elementwise(binding, exceeds_caches(binding) ? stream_sums : store_sums);
}

}  // namespace

namespace kernel {
extern const Kernel residual_add_neon = {
    .primitive = "residual_add",
    .name = "neon",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kNeon},
    .source = "vector loads and stores; non-temporal stores beyond the last cache",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
