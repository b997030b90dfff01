#include "harness/record/idle_drift.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace ergon {
namespace {

// In half-widths of the interval that the protocol asks for, which is 1 % by default.
constexpr double kDriftMax = 5;
constexpr double kDriftSeenMin = 1;
constexpr double kSigmas = 3;

Seconds duration(const IdleStretch& stretch) {
  return Seconds{static_cast<double>(stretch.end_ns - stretch.begin_ns) * 1e-9};
}

}  // namespace

std::optional<IdlePower> idle_power(std::span<const IdleStretch* const> bracket, int channel) {
  std::vector<double> powers;
  Joules gross, u_edge;
  Seconds time;
  for (const IdleStretch* stretch : bracket) {
    if (stretch->invalid != 0) continue;
    for (const ChannelEnergy& energy : stretch->energy) {
      if (energy.channel != channel || !std::isfinite(energy.gross.value)) continue;
      powers.push_back((energy.gross / duration(*stretch)).value);
      gross += energy.gross;
      u_edge = std::max(u_edge, energy.u_edge);
      time += duration(*stretch);
    }
  }
  if (powers.empty()) return std::nullopt;
  const auto count = static_cast<double>(powers.size());
  const Watts mean = gross / time;
  double squares = 0;
  for (const double power : powers) squares += (power - mean.value) * (power - mean.value);
  const double scatter = powers.size() < 2 ? 0 : std::sqrt(squares / (count - 1) / count);
  const auto begin_ns = static_cast<double>(bracket.front()->begin_ns);
  const auto end_ns = static_cast<double>(bracket.back()->end_ns);
  return IdlePower{.power = mean,
                   .u = Watts{std::hypot((u_edge / time).value, scatter)},
                   .middle_ns = begin_ns + (end_ns - begin_ns) / 2,
                   .stretches = static_cast<int>(powers.size())};
}

IdleDrift idle_drift(const IdlePower& before, const IdlePower& after, double half_width_max) {
  const double difference = (after.power - before.power).value;
  if (difference == 0) return {};
  const double mean = std::abs((before.power + after.power).value) / 2;
  const double u = std::hypot(before.u.value, after.u.value);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  IdleDrift drift;
  drift.relative = mean > 0 ? difference / mean : std::copysign(kInfinity, difference);
  drift.sigmas = u > 0 ? std::abs(difference) / u : kInfinity;
  const double half_widths = std::abs(drift.relative) / half_width_max;
  const bool scatter_known = before.stretches > 1 && after.stretches > 1;
  drift.rejects = half_widths > kDriftMax ||
                  (scatter_known && drift.sigmas > kSigmas && half_widths > kDriftSeenMin);
  return drift;
}

}  // namespace ergon
