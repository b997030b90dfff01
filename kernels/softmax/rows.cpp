#include "kernels/softmax/rows.h"

#include "kernels/cpu/rows.h"

namespace ergon {

Launch bind_softmax(const Binding& binding, SoftmaxFunction function) {
  const float* in = floats_of(binding, 0);
  float* out = floats_of(binding, 1);
  const std::int64_t columns = binding.problem.extent("columns");
  return bind_rows(binding, binding.problem.extent("rows"), columns,
                   [=](std::int64_t begin, std::int64_t end) {
                     function(in + begin * columns, out + begin * columns, end - begin, columns);
                   });
}

}  // namespace ergon
