#include <cmath>
#include <numbers>

#include "kernels/cpu/team.h"
#include "kernels/gemm/arguments.h"
#include "kernels/kernel.h"
#include "kernels/refusal.h"

namespace ergon {
namespace {

float gelu(float x) { return 0.5F * x * (1 + std::erf(x * (1 / std::numbers::sqrt2_v<float>))); }

void multiply_rows(const GemmArguments& gemm, const Share& rows) {
  for (std::int64_t i = rows.begin; i < rows.end; ++i) {
    for (std::int64_t j = 0; j < gemm.n; ++j) {
      float sum = 0;
      for (std::int64_t p = 0; p < gemm.k; ++p) {
        const float b = gemm.b[gemm.transposed ? j * gemm.k + p : p * gemm.n + j];
        sum += gemm.a[i * gemm.k + p] * b;
      }
      if (gemm.bias != nullptr) sum += gemm.bias[j];
      gemm.c[i * gemm.n + j] = gemm.gelu ? gelu(sum) : sum;
    }
  }
}

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_dtypes_but({}, problem); !why.empty()) return why;
  if (std::string why = refuse_packed_weights(weights_packed); !why.empty()) return why;
  return refuse_cost_above(kReferenceFlopsMax, problem);
}

Launch bind(const Binding& binding) {
  const GemmArguments gemm = gemm_arguments(binding);
  const int threads = binding.threads;
  prepare_team(threads);
  return [gemm, threads] {
    parallel(threads, [&](int thread) { multiply_rows(gemm, share(gemm.m, 1, threads, thread)); });
  };
}

}  // namespace

namespace kernel {
extern const Kernel gemm_reference = {
    .primitive = "gemm",
    .name = "reference",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "the definition: three loops, one sum after another",
    .refuses = refuses,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
