#include "harness/simulate/forecast.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/error.h"

namespace ergon {
namespace {

// 0 of none.
double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

Forecast forecast_point(const Trial& trial, const Protocol& protocol, int replicates,
                        std::uint64_t seed) {
  ERGON_ASSERT(replicates >= 1);
  std::vector<double> half_width, windows, time_s, idle_s;
  Forecast forecast;
  Random seeds(seed);
  for (int i = 0; i < replicates; ++i) {
    const Outcome outcome = replicate(trial, protocol, seeds.bits());
    time_s.push_back(outcome.loaded.value);
    idle_s.push_back((outcome.elapsed - outcome.loaded).value);
    forecast.faults |= outcome.faults;
    if (outcome.flagged) continue;
    half_width.push_back(outcome.half_width.value / std::abs(outcome.estimate.value));
    windows.push_back(outcome.windows);
  }
  forecast.half_width = median(half_width);
  forecast.windows = median(windows);
  // A sample of the time phase lasts as long as its clock can tell, or a launch (time_phase.cpp).
  const Seconds sample = std::max(trial.per_launch, Seconds{10e-6});
  const Seconds samples = std::min(protocol.time_samples_min * sample, protocol.time_max);
  forecast.time = Seconds{median(time_s)} + samples;
  forecast.idle = Seconds{median(idle_s)};
  forecast.told = 2 * std::ssize(half_width) > replicates;
  return forecast;
}

}  // namespace ergon
