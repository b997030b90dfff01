#include "kernels/cpu/bf16.h"

#include "kernels/cpu/parts.h"
#include "kernels/refusal.h"

namespace ergon {

Launch bind_elementwise(const Binding& binding, Bf16Function function) {
  constexpr std::int64_t kElementsLeast = 4096;
  constexpr std::int64_t kLine = 32;  // elements of a cache line
  const Bf16* in = bf16_of(binding, 0);
  Bf16* out = bf16_of(binding, 1);
  const std::int64_t count = binding.problem.extent("elements");
  const int members = threads_worthwhile(count, kElementsLeast, binding.threads);
  const int threads = binding.threads;
  prepare_team(threads);
  return [=] {
    over_parts(count, kLine, members, threads, [&](std::int64_t begin, std::int64_t end) {
      function(in + begin, out + begin, end - begin);
    });
  };
}

std::string refuse_but_f32_or_bf16(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_dtypes_outside({Dtypes{}, kBf16Dtypes}, problem); !why.empty()) {
    return why;
  }
  return refuse_packed_weights(weights_packed);
}

std::string refuse_but_bf16(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_dtypes_but(kBf16Dtypes, problem); !why.empty()) return why;
  return refuse_packed_weights(weights_packed);
}

}  // namespace ergon
