#include "harness/run/cross_check.h"

#include <algorithm>
#include <cmath>

#include "harness/meter/containment.h"
#include "harness/meter/package_sum.h"

namespace ergon {
namespace {

constexpr double kDifferenceMax = 0.03;
constexpr double kAveragingShareMax = 0.25;

bool has_energy(const Channel& channel) {
  return channel.measure == Measure::energy || channel.measure == Measure::power;
}

// One energy seen in two ways. Sources of different kinds never mix.
bool is_same_energy(const Channel& a, const Channel& b) {
  if (!has_energy(a) || !has_energy(b) || a.source != b.source || a.domain != b.domain) {
    return false;
  }
  return channel_place(a.name) == channel_place(b.name) || b.within == a.name || a.within == b.name;
}

// An energy with its standard uncertainty from the edges.
struct Known {
  double joules = 0, variance = 0;
};

Known known_energy(const Window& window, int channel) {
  for (const ChannelEnergy& energy : window.energy) {
    if (energy.channel != channel) continue;
    return {energy.gross.value, energy.u_edge.value * energy.u_edge.value};
  }
  return {kNotKnown, kNotKnown};
}

double relative_uncertainty(const Known& a, const Known& b) {
  return std::sqrt(a.variance / (a.joules * a.joules) + b.variance / (b.joules * b.joules));
}

}  // namespace

CrossChecks::CrossChecks(std::span<const Channel> channels) {
  add_pairs(channels);
  add_wholes(channels);
}

void CrossChecks::add_pairs(std::span<const Channel> channels) {
  for (std::size_t i = 0; i < channels.size(); ++i) {
    for (std::size_t j = i + 1; j < channels.size(); ++j) {
      if (!is_same_energy(channels[i], channels[j])) continue;
      pairs_.push_back({.channel = static_cast<int>(i),
                        .other = static_cast<int>(j),
                        .averaging_window =
                            std::max(channels[i].averaging_window, channels[j].averaging_window)});
    }
  }
}

void CrossChecks::add_wholes(std::span<const Channel> channels) {
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const Channel& whole = channels[i];
    if (!has_energy(whole) || is_package_sum(whole)) continue;
    Pair pair{.channel = static_cast<int>(i), .averaging_window = whole.averaging_window};
    for (std::size_t j = 0; j < channels.size(); ++j) {
      const Channel& part = channels[j];
      const bool within = part.within == whole.name && part.domain != whole.domain;
      if (!within || !has_energy(part) || part.source != whole.source) continue;
      pair.parts.push_back(static_cast<int>(j));
      pair.averaging_window = std::max(pair.averaging_window, part.averaging_window);
    }
    if (!pair.parts.empty()) pairs_.push_back(std::move(pair));
  }
}

std::vector<CrossCheck> CrossChecks::of(const Window& window) const {
  const double length_s = static_cast<double>(window.end_ns - window.begin_ns) * 1e-9;
  std::vector<CrossCheck> checks;
  for (const Pair& pair : pairs_) {
    if (pair.averaging_window.value > kAveragingShareMax * length_s) continue;
    const Known channel = known_energy(window, pair.channel);
    Known other;
    if (pair.other >= 0) {
      other = known_energy(window, pair.other);
    }
    for (const int part : pair.parts) {
      const Known known = known_energy(window, part);
      other.joules += known.joules;
      other.variance += known.variance;
    }
    const double ratio = other.joules / channel.joules;
    const double allowed = kDifferenceMax + 2 * relative_uncertainty(channel, other);
    // Parts may well be less than the whole.
    const double beyond = pair.other >= 0 ? std::abs(ratio - 1) : ratio - 1;
    checks.push_back({pair.channel, pair.other, ratio, beyond > allowed});
  }
  return checks;
}

void count_disagreements(const Record& record, std::vector<Disagreement>& all) {
  for (const Window& window : record.windows) {
    if (window.invalid != 0) continue;
    for (const CrossCheck& check : window.checks) {
      auto found = std::find_if(all.begin(), all.end(), [&](const Disagreement& one) {
        return one.channel == check.channel && one.other == check.other;
      });
      if (found == all.end()) {
        found = all.insert(all.end(), {.channel = check.channel, .other = check.other});
      }
      ++found->windows;
      if (!check.disagrees) continue;
      ++found->disagreeing;
      if (std::abs(check.ratio - 1) > std::abs(found->ratio_worst - 1)) {
        found->ratio_worst = check.ratio;
      }
    }
  }
}

}  // namespace ergon
