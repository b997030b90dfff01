#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/rows.h"

namespace ergon {
namespace {

Launch bind(const Binding& binding) {
  const std::int64_t m = binding.problem.extent("m");
  const std::int64_t n = binding.problem.extent("n");
  const std::int64_t k = binding.problem.extent("k");
  const bool transposed = binding.problem.choice("transpose_b") == "yes";
  const float* a = floats_of(binding, 0);
  const float* b = floats_of(binding, 1);
  float* c = floats_of(binding, 2);
  const std::int64_t rows = binding.problem.extent("batch") * m;
  return bind_rows(binding, rows, n * k, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const float* own = b + row / m * n * k;
      for (std::int64_t j = 0; j < n; ++j) {
        float sum = 0;
        for (std::int64_t p = 0; p < k; ++p) {
          sum += a[row * k + p] * own[transposed ? j * k + p : p * n + j];
        }
        c[row * n + j] = sum;
      }
    }
  });
}

}  // namespace

namespace kernel {
extern const Kernel batched_gemm_reference = {
    .primitive = "batched_gemm",
    .name = "reference",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "the definition: three loops for each pair, one sum after another",
    .refuses = refuse_reference,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
