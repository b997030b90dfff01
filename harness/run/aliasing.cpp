#include "harness/run/aliasing.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ergon {
namespace {

constexpr double kPartTime = 0.9;  // W / T below which a sensor is one
constexpr double kBiasMax = 0.01;  // of the mean power
// Harmonics above are 4 / (pi k) < 1 % whatever the window.
constexpr int kHarmonicMax = 127;

}  // namespace

bool hides_in_phase(const SamplingPattern& pattern) {
  const double period = pattern.update_period.value, window = pattern.averaging_window.value;
  const double launch = pattern.per_launch.value;
  if (period <= 0 || window <= 0 || launch <= 0 || pattern.updates <= 0) return false;
  if (window >= kPartTime * period) return false;
  for (int k = 1; k <= kHarmonicMax; k += 2) {
    const double seen = std::min(1.0, launch / (std::numbers::pi * k * window));
    if (4 / (std::numbers::pi * k) * seen <= kBiasMax) return false;  // so are all that follow
    const double turns = k * period / launch;
    // Below one turn the harmonic is sampled more often than twice: an alias of 0 is the mean.
    if (turns >= 0.5 && std::abs(turns - std::round(turns)) * pattern.updates < 1) return true;
  }
  return false;
}

}  // namespace ergon
