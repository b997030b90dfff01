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

Launch bind(const Binding& binding) { return bind_elementwise(binding, map_elements<silu>); }

}  // namespace

namespace kernel {
extern const Kernel silu_avx2 = {
    .primitive = "silu",
    .name = "avx2",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx2 | kFma},
    .source = "exp in base 2 by a polynomial of degree 5, and a division",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
