#include "kernels/cpu/elementwise.h"
#include "kernels/fma/contraction.h"
#include "kernels/fma/lanes.h"
#include "kernels/kernel.h"
#include "kernels/refusal.h"

namespace ergon {
namespace {

void fma_lanes(const float* in, float* out, std::int64_t begin, std::int64_t end,
               std::int64_t depth) {
  for (std::int64_t i = begin; i < end; ++i) {
    const float x = in[static_cast<std::size_t>(i) % kFmaInputs];
    float y = 0;
    for (std::int64_t step = 0; step < depth; ++step) y = kContraction * y + x;
    out[i] = y;
  }
}

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_but_f32(problem, weights_packed); !why.empty()) return why;
  return refuse_cost_above(kReferenceFlopsMax, problem);
}

Launch bind(const Binding& binding) { return bind_fma(binding, fma_lanes); }

}  // namespace

namespace kernel {
extern const Kernel fma_reference = {
    .primitive = "fma",
    .name = "reference",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "the definition, in floats",
    .refuses = refuses,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
