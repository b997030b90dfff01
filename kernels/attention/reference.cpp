#include <algorithm>
#include <cmath>

#include "kernels/attention/heads.h"
#include "kernels/cpu/elementwise.h"
#include "kernels/refusal.h"

namespace ergon {
namespace {

void attend_row(const Heads& heads, std::size_t group, std::size_t row, float* weights) {
  const std::size_t seen = heads.seen(row);
  const std::size_t size = heads.head_size;
  const float* q = heads.q + (group * heads.rows + row) * size;
  const float* k = heads.k + group * heads.keys * size;
  const float* v = heads.v + group * heads.keys * size;
  float* out = heads.out + (group * heads.rows + row) * size;
  for (std::size_t j = 0; j < seen; ++j) {
    weights[j] = 0;
    for (std::size_t d = 0; d < size; ++d) weights[j] += q[d] * k[j * size + d];
    weights[j] /= std::sqrt(static_cast<float>(size));
  }
  const float max = *std::max_element(weights, weights + seen);
  double sum = 0;  // in floats, a long cache's small terms would all be lost the same way
  for (std::size_t j = 0; j < seen; ++j) sum += weights[j] = std::exp(weights[j] - max);
  for (std::size_t d = 0; d < size; ++d) {
    double total = 0;
    for (std::size_t j = 0; j < seen; ++j) total += weights[j] * v[j * size + d];
    out[d] = static_cast<float>(total / sum);
  }
}

std::size_t scratch_floats(const Heads& heads) { return heads.keys; }

void attend(const Heads& heads, HeadRows rows, float* scratch) {
  for (std::size_t row = rows.begin; row < rows.end; ++row) {
    attend_row(heads, row / heads.rows, row % heads.rows, scratch);
  }
}

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_but_f32(problem, weights_packed); !why.empty()) return why;
  return refuse_cost_above(kReferenceFlopsMax, problem);
}

Launch bind(const Binding& binding) {
  return bind_attention(binding, {.scratch_floats = scratch_floats, .attend = attend});
}

}  // namespace

namespace kernel {
extern const Kernel attention_reference = {
    .primitive = "attention",
    .name = "reference",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "the definition, a row at a time, in floats; sums over keys in double",
    .refuses = refuses,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
