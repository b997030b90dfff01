#include "harness/run/launches_per_replay.h"

#include <algorithm>
#include <cmath>

#include "kernels/error.h"

namespace ergon {
namespace {

constexpr double kShortestS = 0.020, kLongestS = 0.050, kMiddleS = 0.035;
// Lengths between the two that are looked at: 0.3 ms apart.
constexpr int kLengths = 101;

// How far the ratio of two lengths is from a whole number, 0 to 0.5.
double off_step(double length_s, double period_s) {
  if (period_s <= 0) return 0;
  const double ratio = std::max(length_s, period_s) / std::min(length_s, period_s);
  return std::abs(ratio - std::round(ratio));
}

}  // namespace

std::int64_t launches_per_replay(Seconds per_launch, Seconds sensor_period, std::int64_t sets) {
  ERGON_ASSERT(sets >= 1);
  const double round_s = std::max(per_launch.value, 1e-9) * static_cast<double>(sets);
  const std::int64_t rounds_max = std::max<std::int64_t>(1, kRecordedMax / sets);
  std::int64_t best = 1;
  double best_off = -1, best_far = 0;
  for (int i = 0; i < kLengths; ++i) {
    const double wanted_s = kShortestS + (kLongestS - kShortestS) * i / (kLengths - 1);
    const auto rounds = std::clamp<std::int64_t>(std::llround(wanted_s / round_s), 1, rounds_max);
    const double length_s = static_cast<double>(rounds) * round_s;
    const double off = off_step(length_s, sensor_period.value);
    const double far = std::abs(length_s - kMiddleS);
    if (off > best_off + 1e-9 || (off > best_off - 1e-9 && far < best_far)) {
      best = rounds;
      best_off = off;
      best_far = far;
    }
  }
  return best * sets;
}

}  // namespace ergon
