#include "harness/record/idle_baseline.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>

#include "kernels/error.h"

namespace ergon {
namespace {

struct IdlePower {
  Watts power;
  Watts u;             // standard uncertainty from the edges of the stretch
  double middle_ns{};  // moment it stands for
};

Seconds duration(std::int64_t begin_ns, std::int64_t end_ns) {
  return Seconds{static_cast<double>(end_ns - begin_ns) * 1e-9};
}

double middle(std::int64_t begin_ns, std::int64_t end_ns) {
  return static_cast<double>(begin_ns) + static_cast<double>(end_ns - begin_ns) / 2;
}

// Mean power of one channel over the good stretches of a bracket. The inner edges of stretches that
// touch cancel, so the energy of all is known as well as that of one; their scatter comes on top.
std::optional<IdlePower> idle_power(std::span<const IdleStretch* const> bracket, int channel) {
  std::vector<double> powers;
  Joules gross, u_edge;
  Seconds time;
  for (const IdleStretch* stretch : bracket) {
    for (const ChannelEnergy& energy : stretch->energy) {
      if (energy.channel != channel || !std::isfinite(energy.gross.value)) continue;
      const Seconds length = duration(stretch->begin_ns, stretch->end_ns);
      powers.push_back((energy.gross / length).value);
      gross += energy.gross;
      u_edge = std::max(u_edge, energy.u_edge);
      time += length;
    }
  }
  if (powers.empty()) return std::nullopt;
  const auto count = static_cast<double>(powers.size());
  const Watts mean = gross / time;
  double squares = 0;
  for (const double power : powers) squares += (power - mean.value) * (power - mean.value);
  const double scatter = powers.size() < 2 ? 0 : std::sqrt(squares / (count - 1) / count);
  return IdlePower{mean, Watts{std::hypot((u_edge / time).value, scatter)},
                   middle(bracket.front()->begin_ns, bracket.back()->end_ns)};
}

// Whether nothing but a pause shorter than either lies between two stretches.
bool adjoin(const IdleStretch& before, const IdleStretch& after) {
  const std::int64_t pause_ns = after.begin_ns - before.end_ns;
  return pause_ns <= before.end_ns - before.begin_ns && pause_ns <= after.end_ns - after.begin_ns;
}

// Two brackets bound the power between them: a rectangular distribution as wide as they differ.
// One bracket says nothing of drift. Idle brackets that differ by more than 5 % are not fit for
// use, so 5 % either way is what the missing one could have shown.
constexpr double kDriftUnseen = 0.05;

IdlePower between(const std::optional<IdlePower>& before, const std::optional<IdlePower>& after,
                  double middle_ns) {
  if (!before || !after) {
    const IdlePower& only = before ? *before : *after;
    const double drift = kDriftUnseen * std::abs(only.power.value) / std::sqrt(3.0);
    return {only.power, Watts{std::hypot(only.u.value, drift)}, middle_ns};
  }
  const double share = (middle_ns - before->middle_ns) / (after->middle_ns - before->middle_ns);
  const Watts difference = after->power - before->power;
  const double edges = std::hypot((1 - share) * before->u.value, share * after->u.value);
  return {before->power + share * difference,
          Watts{std::hypot(edges, difference.value / std::sqrt(12.0))}, middle_ns};
}

}  // namespace

IdleBaseline::IdleBaseline(const Results& results) : runs_(results.runs.size()) {
  std::vector<Bracket> stretches(results.runs.size());
  for (const IdleStretch& stretch : results.idle) {
    ERGON_ASSERT(stretch.run >= 0 && stretch.run < static_cast<int>(runs_.size()));
    if (stretch.invalid == 0 && stretch.end_ns > stretch.begin_ns) {
      stretches[stretch.run].push_back(&stretch);
    }
  }
  for (Bracket& run : stretches) std::ranges::stable_sort(run, {}, &IdleStretch::begin_ns);
  // Whether a window begins between a stretch and the one before it.
  std::vector<std::vector<bool>> parted;
  parted.reserve(stretches.size());
  for (const Bracket& run : stretches) parted.emplace_back(run.size() + 1);
  for (const Record& record : results.records) {
    const Bracket& run = stretches[record.run];
    for (const Window& window : record.windows) {
      const auto next = std::ranges::upper_bound(run, window.begin_ns, {}, &IdleStretch::begin_ns);
      parted[record.run][next - run.begin()] = true;
    }
  }
  for (std::size_t run = 0; run < stretches.size(); ++run) {
    for (std::size_t i = 0; i < stretches[run].size(); ++i) {
      const IdleStretch* stretch = stretches[run][i];
      const bool new_bracket =
          i == 0 || parted[run][i] || !adjoin(*stretches[run][i - 1], *stretch);
      if (new_bracket) runs_[run].emplace_back();
      runs_[run].back().push_back(stretch);
    }
  }
}

NetEnergy IdleBaseline::net(int run, const Window& window, const ChannelEnergy& energy) const {
  ERGON_ASSERT(run >= 0 && run < static_cast<int>(runs_.size()));
  const std::vector<Bracket>& brackets = runs_[run];
  const auto next = std::ranges::lower_bound(brackets, window.end_ns, {},
                                             [](const Bracket& b) { return b.front()->begin_ns; });
  std::optional<IdlePower> before, after;
  for (auto it = next; it != brackets.end() && !after; ++it) {
    after = idle_power(*it, energy.channel);
  }
  for (auto it = next; it != brackets.begin() && !before;) {
    --it;
    if (it->back()->end_ns <= window.begin_ns) before = idle_power(*it, energy.channel);
  }
  if (!before && !after) {
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    return {Watts{kNan}, Joules{kNan}, Joules{kNan}};
  }
  const IdlePower idle = between(before, after, middle(window.begin_ns, window.end_ns));
  const Seconds time = duration(window.begin_ns, window.end_ns);
  return {idle.power, energy.gross - idle.power * time, idle.u * time};
}

std::vector<const IdleStretch*> IdleBaseline::around(int run, std::int64_t begin_ns,
                                                     std::int64_t end_ns) const {
  ERGON_ASSERT(run >= 0 && run < static_cast<int>(runs_.size()));
  const std::vector<Bracket>& brackets = runs_[run];
  const auto after = std::ranges::lower_bound(brackets, end_ns, {},
                                              [](const Bracket& b) { return b.front()->begin_ns; });
  auto before = after;
  while (before != brackets.begin() && (before - 1)->back()->end_ns > begin_ns) --before;
  std::vector<const IdleStretch*> stretches;
  if (before != brackets.begin()) stretches = *(before - 1);
  if (after != brackets.end()) stretches.insert(stretches.end(), after->begin(), after->end());
  return stretches;
}

NetEnergy net_energy(const Results& results, const Record& record, const Window& window,
                     const ChannelEnergy& energy) {
  return IdleBaseline(results).net(record.run, window, energy);
}

}  // namespace ergon
