#include "bench/micro.h"

#include <exception>
#include <optional>

#include "harness/config/plan.h"
#include "harness/run/kernel_load.h"
#include "harness/run/operands.h"

namespace ergon {

std::string micro_name(const Point& point) { return point_key(point); }

void micro_run(benchmark::State& state, const Point& point, Device& device) {
  std::optional<KernelLoad> load;
  std::string why_not = refusal(point, device.threads_max());
  if (why_not.empty()) {
    try {
      const OperandBytes operands = fill_operands(point.problem, point.fill);
      load.emplace(point, operands,
                   count_operand_sets(operands, point.cold, device.caches(), device.kind()),
                   device);
      load->launch(1);
    } catch (const std::exception& error) {
      why_not = error.what();
    }
  }
  if (!why_not.empty()) {
    state.SkipWithError(why_not.c_str());
    return;
  }
  for (auto _ : state) load->launch(1);
  const Work work = point.problem.primitive->work(point.problem);
  using benchmark::Counter;
  const auto rate = Counter::kIsIterationInvariantRate;
  state.counters["flop/s"] = Counter(static_cast<double>(work.flops), rate);
  state.counters["byte/s"] = Counter(static_cast<double>(work.bytes()), rate);
}

}  // namespace ergon
