#include "kernels/softmax/rows.h"

#include "kernels/cpu/bf16.h"
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

Launch bind_softmax(const Binding& binding, SoftmaxBf16Function function) {
  constexpr std::int64_t kElementsLeast = 4096;
  constexpr std::int64_t kPage = 1024;  // floats: each thread touches its own first
  const Bf16* in = bf16_of(binding, 0);
  Bf16* out = bf16_of(binding, 1);
  const std::int64_t rows = binding.problem.extent("rows");
  const std::int64_t columns = binding.problem.extent("columns");
  const int threads = binding.threads;
  const int members = static_cast<int>(
      std::min<std::int64_t>(threads_worthwhile(rows * columns, kElementsLeast, threads), rows));
  const std::int64_t stride = (columns + kPage - 1) / kPage * kPage;
  const Buffer scratch =
      binding.device.allocate(static_cast<std::size_t>(stride * members) * sizeof(float), members);
  prepare_team(threads);
  return [=] {
    parallel_first(members, threads, [&](int member) {
      const Share part = share(rows, 1, members, member);
      function(in + part.begin * columns, out + part.begin * columns,
               reinterpret_cast<float*>(scratch.get()) + stride * member, part.end - part.begin,
               columns);
    });
  };
}

}  // namespace ergon
