#include "kernels/cpu/elementwise.h"

#include "kernels/cpu/parts.h"
#include "kernels/refusal.h"

namespace ergon {

Launch bind_elementwise(const Binding& binding, ElementwiseFunction function) {
  constexpr std::int64_t kElementsLeast = 4096;  // 16 KiB: 1 to 2 us at the speed of L2
  constexpr std::int64_t kLine = 16;             // floats of a cache line
  const auto* in = reinterpret_cast<const float*>(binding.operands[0].get());
  auto* out = reinterpret_cast<float*>(binding.operands[1].get());
  const std::int64_t count = binding.problem.extent("elements");
  const int members = threads_worthwhile(count, kElementsLeast, binding.threads);
  const int threads = binding.threads;
  prepare_team(threads);
  return [=] {
    over_parts(count, kLine, members, threads, [=](std::int64_t begin, std::int64_t end) {
      function(in + begin, out + begin, end - begin);
    });
  };
}

std::string refuse_but_f32(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_dtypes_but({}, problem); !why.empty()) return why;
  return refuse_packed_weights(weights_packed);
}

}  // namespace ergon
