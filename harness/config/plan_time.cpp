#include "harness/config/plan_time.h"

#include <cmath>

namespace ergon {
namespace {

Seconds with_idle(Seconds measuring, const Protocol& protocol) {
  const double blocks = std::ceil(measuring.value / protocol.block_max.value);
  return measuring + (blocks + 1) * protocol.idle;
}

}  // namespace

PlanTime plan_time(std::int64_t points, const Protocol& protocol) {
  if (points == 0) return {};
  const auto count = static_cast<double>(points);
  return {with_idle(count * protocol.windows_min * protocol.window_min, protocol),
          with_idle(count * protocol.point_max, protocol)};
}

}  // namespace ergon
