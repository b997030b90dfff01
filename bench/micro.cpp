#include "bench/micro.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <optional>

#include "harness/clock.h"
#include "harness/config/plan.h"
#include "harness/run/kernel_load.h"
#include "harness/run/operands.h"

namespace ergon {

namespace {

// Launches between two looks at the clock: one on a CPU; on a GPU, where to wait for one takes some
// 10 us, as many as make that little, recorded.
std::int64_t batch_of(KernelLoad& load) {
  constexpr std::int64_t kTried = 16;
  std::int64_t batch = kTried;
  if (!load.prepare(batch)) return 1;
  const std::int64_t begin_ns = steady_clock().now_ns();
  load.launch(batch);
  const auto elapsed_ns = static_cast<double>(steady_clock().now_ns() - begin_ns);
  const double wanted = load.sample_min().value * 1e9 / std::max(elapsed_ns, 1.0);
  batch = std::max<std::int64_t>(1, std::llround(wanted * static_cast<double>(batch)));
  return load.prepare(batch) ? batch : 1;
}

}  // namespace

std::string micro_name(const Point& point) { return point_key(point); }

void micro_run(benchmark::State& state, const Point& point, Device& device) {
  std::optional<KernelLoad> load;
  std::string why_not = refusal(point, device.threads_max());
  if (why_not.empty() && point.kernel->device != device.kind()) why_not = "no device to run it on";
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
  const std::int64_t batch = batch_of(*load);
  while (state.KeepRunningBatch(batch)) load->launch(batch);
  const Work work = point.problem.primitive->work(point.problem);
  using benchmark::Counter;
  const auto rate = Counter::kIsIterationInvariantRate;
  state.counters["flop/s"] = Counter(static_cast<double>(work.flops), rate);
  state.counters["byte/s"] = Counter(static_cast<double>(work.bytes()), rate);
}

}  // namespace ergon
