#include <algorithm>
#include <cmath>

#include "kernels/cpu/bf16.h"
#include "kernels/kernel.h"
#include "kernels/refusal.h"
#include "kernels/softmax/rows.h"

namespace ergon {
namespace {

void softmax_rows(const float* in, float* out, std::int64_t rows, std::int64_t columns) {
  for (std::int64_t row = 0; row < rows; ++row, in += columns, out += columns) {
    const float max = *std::max_element(in, in + columns);
    double sum = 0;  // in floats, a long row's small terms would all be lost the same way
    for (std::int64_t i = 0; i < columns; ++i) sum += out[i] = std::exp(in[i] - max);
    for (std::int64_t i = 0; i < columns; ++i) out[i] = static_cast<float>(out[i] / sum);
  }
}

void softmax_bf16_rows(const Bf16* in, Bf16* out, float* exponentials, std::int64_t rows,
                       std::int64_t columns) {
  for (std::int64_t row = 0; row < rows; ++row, in += columns, out += columns) {
    for (std::int64_t i = 0; i < columns; ++i) exponentials[i] = widen(in[i]);
    softmax_rows(exponentials, exponentials, 1, columns);
    for (std::int64_t i = 0; i < columns; ++i) out[i] = narrow(exponentials[i]);
  }
}

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_but_f32_or_bf16(problem, weights_packed); !why.empty()) return why;
  return refuse_cost_above(kReferenceFlopsMax, problem);
}

Launch bind(const Binding& binding) {
  return is_bf16(binding) ? bind_softmax(binding, softmax_bf16_rows)
                          : bind_softmax(binding, {softmax_rows, nullptr});
}

}  // namespace

namespace kernel {
extern const Kernel softmax_reference = {
    .primitive = "softmax",
    .name = "reference",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "the definition, in floats; the sum in double",
    .refuses = refuses,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
