#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/copy/levels.h"
#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/target.h"
#include "kernels/heads/exchange.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX2
#include "kernels/math/avx2.inl.h"
// The elements need the vectors.
#include "kernels/math/elements.inl.h"
// The heads need both.
#include "kernels/heads/exchange.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) {
  const HeadExchange heads = merge_heads_of(binding);
  const bool streams = exceeds_caches(binding) && heads.row % 16 == 0;  // rows begin at cache lines
  return bind_heads(binding, heads,
                    streams ? copy_heads<Writes::stream> : copy_heads<Writes::store>);
}

}  // namespace

namespace kernel {
extern const Kernel merge_heads_avx2 = {
    .primitive = "merge_heads",
    .name = "avx2",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx2 | kFma},
    .source = "vector loads and stores, a head of a position at a time",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
