#include <cmath>

#include "kernels/cpu/elementwise.h"
#include "kernels/norm/epsilon.h"
#include "kernels/norm/rows.h"

namespace ergon {
namespace {

void normalise_rows(const NormArguments& norm, std::int64_t begin, std::int64_t end) {
  const auto count = static_cast<double>(norm.columns);
  for (std::int64_t row = begin; row < end; ++row) {
    const float* x = norm.x + row * norm.columns;
    float* out = norm.out + row * norm.columns;
    double sum = 0;
    for (std::int64_t i = 0; i < norm.columns; ++i) sum += x[i];
    const auto mean = static_cast<float>(sum / count);
    double squares = 0;
    for (std::int64_t i = 0; i < norm.columns; ++i) squares += (x[i] - mean) * (x[i] - mean);
    const auto scale = static_cast<float>(1 / std::sqrt(squares / count + kNormEpsilon));
    for (std::int64_t i = 0; i < norm.columns; ++i) {
      out[i] = (x[i] - mean) * scale * norm.gamma[i] + norm.beta[i];
    }
  }
}

Launch bind(const Binding& binding) { return bind_norm(binding, normalise_rows); }

}  // namespace

namespace kernel {
extern const Kernel layernorm_reference = {
    .primitive = "layernorm",
    .name = "reference",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "the definition, in floats; sums in double",
    .refuses = refuse_reference,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
