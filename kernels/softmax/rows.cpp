#include "kernels/softmax/rows.h"

#include <algorithm>

#include "kernels/cpu/parts.h"

namespace ergon {

Launch bind_softmax(const Binding& binding, SoftmaxFunction function) {
  constexpr std::int64_t kElementsLeast = 4096;  // 16 KiB: 1 to 2 us at the speed of L2
  const auto* in = reinterpret_cast<const float*>(binding.operands[0].get());
  auto* out = reinterpret_cast<float*>(binding.operands[1].get());
  const std::int64_t rows = binding.problem.extent("rows");
  const std::int64_t columns = binding.problem.extent("columns");
  const int wanted = threads_worthwhile(rows * columns, kElementsLeast, binding.threads);
  const int members = static_cast<int>(std::min<std::int64_t>(wanted, rows));
  const int threads = binding.threads;
  prepare_team(threads);
  return [=] {
    over_parts(rows, 1, members, threads, [=](std::int64_t begin, std::int64_t end) {
      function(in + begin * columns, out + begin * columns, end - begin, columns);
    });
  };
}

}  // namespace ergon
