#include "kernels/cpu/elementwise.h"

#include "kernels/cpu/parts.h"
#include "kernels/cpu/rows.h"
#include "kernels/refusal.h"

namespace ergon {
namespace {

// f(begin, end) on the parts of the elements.
template <class Function>
Launch bind_parts(const Binding& binding, Function f) {
  constexpr std::int64_t kElementsLeast = 4096;  // 16 KiB: 1 to 2 us at the speed of L2
  constexpr std::int64_t kLine = 16;             // floats of a cache line
  const std::int64_t count = binding.problem.extent("elements");
  const int members = threads_worthwhile(count, kElementsLeast, binding.threads);
  const int threads = binding.threads;
  prepare_team(threads);
  return [count, members, threads, f] { over_parts(count, kLine, members, threads, f); };
}

}  // namespace

Launch bind_elementwise(const Binding& binding, ElementwiseFunction function) {
  const float* in = floats_of(binding, 0);
  float* out = floats_of(binding, 1);
  return bind_parts(binding, [=](std::int64_t begin, std::int64_t end) {
    function(in + begin, out + begin, end - begin);
  });
}

Launch bind_elementwise(const Binding& binding, PairFunction function) {
  const float* first = floats_of(binding, 0);
  const float* second = floats_of(binding, 1);
  float* out = floats_of(binding, 2);
  return bind_parts(binding, [=](std::int64_t begin, std::int64_t end) {
    function(first + begin, second + begin, out + begin, end - begin);
  });
}

std::string refuse_but_f32(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_dtypes_but({}, problem); !why.empty()) return why;
  return refuse_packed_weights(weights_packed);
}

std::string refuse_reference(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_but_f32(problem, weights_packed); !why.empty()) return why;
  return refuse_cost_above(kReferenceFlopsMax, problem);
}

}  // namespace ergon
