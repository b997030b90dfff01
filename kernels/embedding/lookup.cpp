#include "kernels/embedding/lookup.h"

#include "kernels/cpu/rows.h"

namespace ergon {

Launch bind_embedding(const Binding& binding, ElementwiseFunction copy) {
  const auto* indices = reinterpret_cast<const std::int32_t*>(binding.operands[0].get());
  const float* table = floats_of(binding, 1);
  float* out = floats_of(binding, 2);
  const std::int64_t columns = binding.problem.extent("columns");
  return bind_rows(binding, binding.problem.extent("tokens"), columns,
                   [=](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t token = begin; token < end; ++token) {
                       copy(table + indices[token] * columns, out + token * columns, columns);
                     }
                   });
}

}  // namespace ergon
