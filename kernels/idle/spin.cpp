#include <chrono>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/relax.h"
#include "kernels/cpu/team.h"
#include "kernels/kernel.h"

namespace ergon {
namespace {

void spin_until(std::chrono::steady_clock::time_point end) {
  constexpr int kPauses = 16;  // between two looks at the clock, of 24 ns each
  while (std::chrono::steady_clock::now() < end) {
    for (int i = 0; i < kPauses; ++i) relax();
  }
}

Launch bind(const Binding& binding) {
  auto* out = reinterpret_cast<float*>(binding.operands[0].get());
  const std::chrono::microseconds length(binding.problem.extent("microseconds"));
  const int threads = binding.threads;
  prepare_team(threads);
  return [=] {
    const auto end = std::chrono::steady_clock::now() + length;
    parallel(threads, [end](int) { spin_until(end); });
    *out = 1;
  };
}

}  // namespace

namespace kernel {
extern const Kernel idle_spin = {
    .primitive = "idle",
    .name = "spin",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "the pause instruction between looks at the clock",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
