#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/target.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX512
#include "kernels/math/avx512.inl.h"
// The table needs the vectors.
#include "kernels/tanh/table.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) { return bind_elementwise(binding, tanh_elements); }

}  // namespace

namespace kernel {
extern const Kernel tanh_avx512 = {
    .primitive = "tanh",
    .name = "avx512",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx512f},
    .source = "a polynomial of degree 5 looked up for each of 32 intervals",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
