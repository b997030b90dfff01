#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/target.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX2
#include "kernels/math/avx2.inl.h"
// The functions and the elements need the vectors.
#include "kernels/math/elements.inl.h"
#include "kernels/math/functions.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) {
  return bind_elementwise(binding, map_elements<tanh_rational>);
}

}  // namespace

namespace kernel {
extern const Kernel tanh_avx2 = {
    .primitive = "tanh",
    .name = "avx2",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx2 | kFma},
    .source = "x P(x^2) / Q(x^2), both of degree 4",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
