#include "kernels/softmax/rows.h"

#include "kernels/copy/levels.h"
#include "kernels/cpu/bf16.h"
#include "kernels/cpu/rows.h"

namespace ergon {
namespace {

// A launch of a function that keeps a row of exponentials in a scratch of its thread's.
template <class Element, class Function>
Launch bind_with_scratch(const Binding& binding, const Element* in, Element* out,
                         Function function) {
  constexpr std::int64_t kElementsLeast = 4096;
  constexpr std::int64_t kPage = 1024;  // floats: each thread touches its own first
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

}  // namespace

Launch bind_softmax(const Binding& binding, const SoftmaxFunctions& functions) {
  const float* in = floats_of(binding, 0);
  float* out = floats_of(binding, 1);
  if (functions.stream != nullptr && exceeds_caches(binding)) {
    return bind_with_scratch(binding, in, out, functions.stream);
  }
  const std::int64_t columns = binding.problem.extent("columns");
  return bind_rows(binding, binding.problem.extent("rows"), columns,
                   [=, function = functions.near](std::int64_t begin, std::int64_t end) {
                     function(in + begin * columns, out + begin * columns, end - begin, columns);
                   });
}

Launch bind_softmax(const Binding& binding, SoftmaxBf16Function function) {
  return bind_with_scratch(binding, bf16_of(binding, 0), bf16_of(binding, 1), function);
}

}  // namespace ergon
