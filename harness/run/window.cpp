#include "harness/run/window.h"

#include <algorithm>
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

// A counter of energy that is the same at both edges of a long stretch. One whose period is not
// known but which measures has to move in any stretch: nothing draws no energy.
bool stands_still(const Channel& channel, const Edge& begin, const Edge& end, std::size_t i) {
  if (channel.measure != Measure::energy || begin.energy[i] != end.energy[i]) return false;
  const double period_s = channel.update_period.value;
  if (period_s <= 0) return channel.source == Source::measured;
  return seconds_between(begin, end) > kStalePeriods * period_s;
}

// Of numbers this far apart, each of them a mean over this long, what is slower than half their
// rate can be told.
void add_peak(const Channel& channel, const ChannelTrace& trace, ChannelEnergy& energy) {
  const double apart_s =
      std::max({trace.gap.value, channel.update_period.value, channel.averaging_window.value});
  energy.peak = Watts{trace.max};
  energy.peak_bandwidth = Hertz{apart_s > 0 ? 0.5 / apart_s : kNotKnown};
}

}  // namespace

std::uint32_t faults_between(std::span<const Channel> channels, int channel, const Edge& begin,
                             const Edge& end) {
  if (channel < 0) return 0;
  // The begin edge's own faults lie before it, but for those that spoil the edge itself.
  constexpr std::uint32_t kOfTheEdge = kStaleCounter | kReadFailed;
  const auto i = static_cast<std::size_t>(channel);
  const std::uint32_t faults = end.faults[i] | (begin.faults[i] & kOfTheEdge);
  const bool still = (faults & kNoNumber) == 0 && stands_still(channels[i], begin, end, i);
  return still ? faults | kStaleCounter : faults;
}

std::vector<ChannelEnergy> energy_between(std::span<const Channel> channels, int primary,
                                          const Edge& begin, const Edge& end) {
  std::vector<ChannelEnergy> energies;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const Channel& channel = channels[i];
    if (channel.measure != Measure::energy && channel.measure != Measure::power) continue;
    const int number = static_cast<int>(i);
    const bool failed = (faults_between(channels, number, begin, end) & kNoNumber) != 0;
    const Joules gross =
        failed ? Joules{std::numeric_limits<double>::quiet_NaN()} : end.energy[i] - begin.energy[i];
    // Of a sum of packages the edges are updates of the first alone.
    const bool aligned = number == primary && !is_package_sum(channel);
    ChannelEnergy energy{number, begin.raw[i], end.raw[i], gross,
                         edge_uncertainty(channel, aligned, begin, end, gross)};
    if (!failed) add_peak(channel, end.traces[i], energy);
    energies.push_back(energy);
  }
  return energies;
}

std::vector<ChannelState> states_between(std::span<const Channel> channels, const Edge& end) {
  std::vector<ChannelState> states;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const Measure measure = channels[i].measure;
    if (measure == Measure::energy || measure == Measure::power) continue;
    const ChannelTrace& trace = end.traces[i];
    ChannelState state{.channel = static_cast<int>(i),
                       .begin = trace.begin,
                       .end = trace.end,
                       .min = trace.min,
                       .max = trace.max,
                       .flags = trace.flags};
    // A duration only counts up: its mean says nothing.
    if (measure != Measure::duration) state.mean = trace.mean;
    states.push_back(state);
  }
  return states;
}

}  // namespace ergon
