#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/bf16.h"
#include "kernels/cpu/target.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX512_BF16
#include "kernels/math/avx512.inl.h"
//
#include "kernels/math/avx512_bf16_round.inl.h"
// Reading and writing bf16 needs the rounding.
#include "kernels/math/avx512_narrow.inl.h"
// The table needs the vectors.
#include "kernels/gelu/table.inl.h"
ERGON_TARGET_END

Launch bind(const Binding& binding) {
  const bool erf = binding.problem.choice("form") == "erf";
  return bind_elementwise(binding, erf ? gelu_erf_elements<Bf16> : gelu_tanh_elements<Bf16>);
}

}  // namespace

namespace kernel {
extern const Kernel gelu_avx512_bf16 = {
    .primitive = "gelu",
    .name = "avx512_bf16",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kAvx512f | kAvx512Bf16},
    .source =
        "as avx512: x times a sigmoid, a polynomial of degree 5 looked up for each of 31 intervals",
    .refuses = refuse_but_bf16,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
