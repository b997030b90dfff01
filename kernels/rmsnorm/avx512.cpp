#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/target.h"
#include "kernels/norm/epsilon.h"
#include "kernels/norm/rows.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX512
#include "kernels/math/avx512.inl.h"
// The elements need the vectors.
#include "kernels/math/elements.inl.h"
// The rows need both.
#include "kernels/norm/rows.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) {
  return bind_norm(
      binding, norm_streams(binding) ? rmsnorm_rows<Writes::stream> : rmsnorm_rows<Writes::store>);
}

}  // namespace

namespace kernel {
extern const Kernel rmsnorm_avx512 = {
    .primitive = "rmsnorm",
    .name = "avx512",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx512f},
    .source = "two passes over a row in the cache",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
