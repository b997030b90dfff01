#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/copy/levels.h"
#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/target.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX512
#include "kernels/math/avx512.inl.h"
// The elements need the vectors.
#include "kernels/math/elements.inl.h"
// These need both.
#include "kernels/relu/elements.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) {
  return bind_elementwise(binding, exceeds_caches(binding) ? stream_relu : store_relu);
}

}  // namespace

namespace kernel {
extern const Kernel relu_avx512 = {
    .primitive = "relu",
    .name = "avx512",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx512f},
    .source = "vector loads and stores; non-temporal stores beyond the last cache",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
