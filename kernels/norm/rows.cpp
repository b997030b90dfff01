#include "kernels/norm/rows.h"

#include "kernels/copy/levels.h"
#include "kernels/cpu/rows.h"

namespace ergon {

bool norm_streams(const Binding& binding) {
  constexpr std::int64_t kLine = 16;  // floats
  return exceeds_caches(binding) && binding.problem.extent("columns") % kLine == 0;
}

Launch bind_norm(const Binding& binding, NormFunction function) {
  const bool shifted = binding.operands.size() == 4;
  const NormArguments norm = {.columns = binding.problem.extent("columns"),
                              .x = floats_of(binding, 0),
                              .gamma = floats_of(binding, 1),
                              .beta = shifted ? floats_of(binding, 2) : nullptr,
                              .out = floats_of(binding, shifted ? 3 : 2)};
  return bind_rows(binding, binding.problem.extent("rows"), norm.columns,
                   [=](std::int64_t begin, std::int64_t end) { function(norm, begin, end); });
}

}  // namespace ergon
