#include "harness/config/plan_time.h"

#include <algorithm>
#include <cmath>

#include "harness/config/sentinels.h"

namespace ergon {
namespace {

// Every block begins with idle stretches and the sentinels, and so does what follows the last.
Seconds with_blocks(double visits, Seconds per_point, double sentinels, const Protocol& protocol) {
  const Seconds measuring = visits * per_point;
  const double blocks = std::ceil(measuring.value / protocol.block_max.value);
  return measuring + (blocks + 1) * (protocol.idle + sentinels * per_point);
}

}  // namespace

PlanTime plan_time(std::int64_t points, const Protocol& protocol) {
  if (points == 0) return {};
  const auto visits = static_cast<double>(points * protocol.replicates);
  const auto sentinels =
      static_cast<double>(std::min<std::int64_t>(protocol.sentinels, points / kPointsPerSentinel));
  const Seconds least = std::min(protocol.settle_min, protocol.settle_max) +
                        protocol.windows_min * protocol.window_min;
  return {with_blocks(visits, least, sentinels, protocol),
          with_blocks(visits, protocol.point_max, sentinels, protocol)};
}

}  // namespace ergon
