#include "harness/run/aliasing.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ergon {
namespace {

constexpr double kPartTime = 0.9;  // W / T below which a sensor is one
// Of the mean power. Smaller harmonics are not looked at: no meter resolves a hundredth of them.
constexpr double kBiasMin = 1e-4;

}  // namespace

double bias_in_phase(const SamplingPattern& pattern) {
  const double period = pattern.update_period.value, window = pattern.averaging_window.value;
  const double launch = pattern.per_launch.value;
  if (period <= 0 || window <= 0 || launch <= 0 || pattern.updates <= 0) return 0;
  if (window >= kPartTime * period) return 0;
  for (int k = 1;; k += 2) {
    const double seen = std::min(1.0, launch / (std::numbers::pi * k * window));
    const double bias = 4 / (std::numbers::pi * k) * seen;
    if (bias <= kBiasMin) return 0;  // so are all that follow
    const double turns = k * period / launch;
    // Below one turn the harmonic is sampled more often than twice: an alias of 0 is the mean.
    if (turns >= 0.5 && std::abs(turns - std::round(turns)) * pattern.updates < 1) return bias;
  }
}

}  // namespace ergon
