#include "harness/run/window.h"

#include <cmath>
#include <limits>

#include "harness/meter/package_sum.h"

namespace ergon {
namespace {

constexpr double kStalePeriods = 3;
// Faults after which a channel's number means nothing; others only say what it was a number of.
constexpr std::uint32_t kNoNumber = kStaleCounter | kBackwardCounter | kReadFailed;

double seconds_between(const Edge& begin, const Edge& end) {
  return static_cast<double>(end.time_ns - begin.time_ns) * 1e-9;
}

// Variance in s^2 of the time at which a channel was read at an edge: uniform within the slack; an
// unaligned counter is also up to one update period behind.
double time_variance(const Channel& channel, bool aligned, const Edge& edge) {
  const double slack_s = static_cast<double>(edge.slack_ns) * 1e-9;
  const double period_s = aligned ? 0 : channel.update_period.value;
  return slack_s * slack_s / 3 + period_s * period_s / 12;
}

Joules edge_uncertainty(const Channel& channel, bool aligned, const Edge& begin, const Edge& end,
                        Joules gross) {
  const double watts = gross.value / seconds_between(begin, end);
  const double time = time_variance(channel, aligned, begin) + time_variance(channel, aligned, end);
  // Each of two readings of a counter is rounded to its step.
  const double step = channel.measure == Measure::energy ? channel.resolution : 0;
  return Joules{std::sqrt(watts * watts * time + step * step / 6)};
}

// A counter of energy that is the same at both edges of a long stretch.
bool stands_still(const Channel& channel, const Edge& begin, const Edge& end, std::size_t i) {
  const double period_s = channel.update_period.value;
  return channel.measure == Measure::energy && period_s > 0 && begin.energy[i] == end.energy[i] &&
         seconds_between(begin, end) > kStalePeriods * period_s;
}

}  // namespace

std::uint32_t faults_between(int primary, const Edge& begin, const Edge& end) {
  if (primary < 0) return 0;
  // The begin edge's own faults lie before it, but for those that spoil the edge itself.
  constexpr std::uint32_t kOfTheEdge = kStaleCounter | kReadFailed;
  const auto i = static_cast<std::size_t>(primary);
  return end.faults[i] | (begin.faults[i] & kOfTheEdge);
}

std::vector<ChannelEnergy> energy_between(std::span<const Channel> channels, int primary,
                                          const Edge& begin, const Edge& end) {
  std::vector<ChannelEnergy> energies;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const Channel& channel = channels[i];
    if (channel.measure != Measure::energy && channel.measure != Measure::power) continue;
    const int number = static_cast<int>(i);
    const bool failed = (faults_between(number, begin, end) & kNoNumber) != 0 ||
                        stands_still(channel, begin, end, i);
    const Joules gross =
        failed ? Joules{std::numeric_limits<double>::quiet_NaN()} : end.energy[i] - begin.energy[i];
    // Of a sum of packages the edges are updates of the first alone.
    const bool aligned = number == primary && !is_package_sum(channel);
    energies.push_back({number, begin.raw[i], end.raw[i], gross,
                        edge_uncertainty(channel, aligned, begin, end, gross)});
  }
  return energies;
}

}  // namespace ergon
