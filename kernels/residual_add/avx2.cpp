#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/copy/levels.h"
#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/target.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX2
#include "kernels/math/avx2.inl.h"
// The elements need the vectors.
#include "kernels/math/elements.inl.h"
// These need both.
#include "kernels/residual_add/pairs.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) {
  return bind_elementwise(binding, exceeds_caches(binding) ? stream_sums : store_sums);
}

}  // namespace

namespace kernel {
extern const Kernel residual_add_avx2 = {
    .primitive = "residual_add",
    .name = "avx2",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx2 | kFma},
    .source = "vector loads and stores; non-temporal stores beyond the last cache",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
