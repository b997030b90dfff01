#include "harness/run/window_lengths.h"

#include <algorithm>
#include <array>

#include "harness/run/edge_timing.h"

namespace ergon {
namespace {

constexpr Seconds kShortMin{1e-3};
constexpr std::array<double, 5> kFactors{1, 0.5, 2, 1, 0.5};

}  // namespace

WindowLengths::WindowLengths(const Protocol& protocol, const Sampler& sampler, Seconds per_launch)
    : period_(period_of_primary(sampler)),
      updates_(protocol.window_updates_min * period_),
      length_(std::max(protocol.window_min, updates_)),
      three_(protocol.window_lengths == 3 && sampler.primary() >= 0 &&
             per_launch < std::max(period_, kShortMin)) {}

Seconds WindowLengths::length(int windows_valid) const { return factor(windows_valid) * length_; }

Seconds WindowLengths::length_min(int windows_valid) const {
  return factor(windows_valid) * updates_ - period_ / 2;
}

double WindowLengths::factor(int windows_valid) const {
  return three_ ? kFactors[static_cast<std::size_t>(windows_valid) % kFactors.size()] : 1;
}

}  // namespace ergon
