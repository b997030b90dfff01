#include "harness/run/settle.h"

#include <algorithm>

#include "harness/run/edge_timing.h"

namespace ergon {

void settle(RunningLoad& running, const Rig& rig, const Protocol& protocol,
            std::int64_t deadline_ns) {
  const Seconds settle_max = protocol.settle_max;
  running.run_until(rig.clock.now_ns() + nanoseconds(memory_of_primary(rig.sampler)));
  const std::int64_t begin_ns = rig.clock.now_ns();
  const std::int64_t end_ns = std::min(begin_ns + nanoseconds(settle_max), deadline_ns);
  const std::int64_t stretch_ns = nanoseconds(std::min(settle_max / 10, Seconds{1}));
  Seconds last[3] = {};
  while (rig.clock.now_ns() < end_ns) {
    std::rotate(last, last + 1, last + 3);
    last[2] = running.run_until(std::min(rig.clock.now_ns() + stretch_ns, end_ns));
    const auto [least, most] = std::minmax_element(last, last + 3);
    if (*least > Seconds{0} && *most - *least <= 0.01 * *least) return;
  }
}

}  // namespace ergon
