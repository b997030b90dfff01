#include "kernels/fma/lanes.h"

#include "kernels/cpu/parts.h"

namespace ergon {

Launch bind_fma(const Binding& binding, FmaFunction function) {
  constexpr std::int64_t kBlock = 960;
  constexpr std::int64_t kStepsLeast = 1 << 18;  // of one lane: some microseconds
  const auto* in = reinterpret_cast<const float*>(binding.operands[0].get());
  auto* out = reinterpret_cast<float*>(binding.operands[1].get());
  const std::int64_t lanes = binding.problem.extent("lanes");
  const std::int64_t depth = binding.problem.extent("depth");
  const int members = threads_worthwhile(lanes * depth, kStepsLeast, binding.threads);
  const int threads = binding.threads;
  prepare_team(threads);
  return [=] {
    over_parts(lanes, kBlock, members, threads,
               [=](std::int64_t begin, std::int64_t end) { function(in, out, begin, end, depth); });
  };
}

}  // namespace ergon
