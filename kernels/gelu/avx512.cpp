#include <immintrin.h>

#include <cstddef>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/target.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX512
#include "kernels/math/avx512.inl.h"
// The table needs the vectors.
#include "kernels/gelu/table.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) {
  const bool erf = binding.problem.choice("form") == "erf";
  return bind_elementwise(binding, erf ? gelu_erf_elements : gelu_tanh_elements);
}

}  // namespace

namespace kernel {
extern const Kernel gelu_avx512 = {
    .primitive = "gelu",
    .name = "avx512",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx512f},
    .source = "x times a sigmoid, a polynomial of degree 5 looked up for each of 31 intervals",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
