#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/target.h"
#include "kernels/embedding/lookup.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX512
#include "kernels/math/avx512.inl.h"
// The elements need the vectors.
#include "kernels/math/elements.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) { return bind_embedding(binding, map_elements<same>); }

}  // namespace

namespace kernel {
extern const Kernel embedding_avx512 = {
    .primitive = "embedding",
    .name = "avx512",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx512f},
    .source = "vector loads and stores, a row a token",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
