#include <algorithm>
#include <cmath>

#include "kernels/attention/heads.h"
#include "kernels/cpu/bf16.h"
#include "kernels/refusal.h"

namespace ergon {
namespace {

float wide(float element) { return element; }
float wide(Bf16 element) { return widen(element); }
void put(float& to, float value) { to = value; }
void put(Bf16& to, float value) { to = narrow(value); }

template <class Element>
void attend_row(const HeadsOf<Element>& heads, std::size_t group, std::size_t row, float* weights) {
  const std::size_t seen = heads.seen(row);
  const std::size_t size = heads.head_size;
  const Element* q = heads.q + (group * heads.rows + row) * size;
  const Element* k = heads.k + group * heads.keys * size;
  const Element* v = heads.v + group * heads.keys * size;
  Element* out = heads.out + (group * heads.rows + row) * size;
  for (std::size_t j = 0; j < seen; ++j) {
    weights[j] = 0;
    for (std::size_t d = 0; d < size; ++d) weights[j] += wide(q[d]) * wide(k[j * size + d]);
    weights[j] /= std::sqrt(static_cast<float>(size));
  }
  const float max = *std::max_element(weights, weights + seen);
  double sum = 0;  // in floats, a long cache's small terms would all be lost the same way
  for (std::size_t j = 0; j < seen; ++j) sum += weights[j] = std::exp(weights[j] - max);
  for (std::size_t d = 0; d < size; ++d) {
    double total = 0;
    for (std::size_t j = 0; j < seen; ++j) total += weights[j] * wide(v[j * size + d]);
    put(out[d], static_cast<float>(total / sum));
  }
}

template <class Element>
std::size_t scratch_floats(const HeadsOf<Element>& heads) {
  return heads.keys;
}

template <class Element>
void attend(const HeadsOf<Element>& heads, HeadRows rows, float* scratch) {
  for (std::size_t row = rows.begin; row < rows.end; ++row) {
    attend_row(heads, row / heads.rows, row % heads.rows, scratch);
  }
}

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_but_f32_or_bf16(problem, weights_packed); !why.empty()) return why;
  return refuse_cost_above(kReferenceFlopsMax, problem);
}

Launch bind(const Binding& binding) {
  return is_bf16(binding) ? bind_attention<Bf16>(binding, {scratch_floats, attend})
                          : bind_attention<float>(binding, {scratch_floats, attend});
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
