#include "harness/record/idle_baseline.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "harness/config/protocol.h"
#include "harness/record/idle_drift.h"
#include "kernels/error.h"

namespace ergon {
namespace {

Seconds duration(std::int64_t begin_ns, std::int64_t end_ns) {
  return Seconds{static_cast<double>(end_ns - begin_ns) * 1e-9};
}

double middle(std::int64_t begin_ns, std::int64_t end_ns) {
  return static_cast<double>(begin_ns) + static_cast<double>(end_ns - begin_ns) / 2;
}

// Whether nothing but a pause shorter than either lies between two stretches.
bool adjoin(const IdleStretch& before, const IdleStretch& after) {
  const std::int64_t pause_ns = after.begin_ns - before.end_ns;
  return pause_ns <= before.end_ns - before.begin_ns && pause_ns <= after.end_ns - after.begin_ns;
}

// Two brackets bound the power between them: a rectangular distribution as wide as they differ.
// One bracket says nothing of drift. Brackets that differ by more than 5 % are rejected
// (idle_drift.h), so 5 % either way is what the missing one could have shown.
constexpr double kDriftUnseen = 0.05;

IdlePower between(const std::optional<IdlePower>& before, const std::optional<IdlePower>& after,
                  double middle_ns) {
  if (!before || !after) {
    const IdlePower& only = before ? *before : *after;
    const double drift = kDriftUnseen * std::abs(only.power.value) / std::sqrt(3.0);
    return {only.power, Watts{std::hypot(only.u.value, drift)}, middle_ns, only.stretches};
  }
  const double share = (middle_ns - before->middle_ns) / (after->middle_ns - before->middle_ns);
  const Watts difference = after->power - before->power;
  const double edges = std::hypot((1 - share) * before->u.value, share * after->u.value);
  return {before->power + share * difference,
          Watts{std::hypot(edges, difference.value / std::sqrt(12.0))}, middle_ns,
          before->stretches + after->stretches};
}

}  // namespace

IdleBaseline::IdleBaseline(const Results& results) : runs_(results.runs.size()) {
  for (const RunInfo& run : results.runs) half_widths_.push_back(half_width_of_key(run.protocol));
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
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  if (!before && !after) {
    return {Watts{kNan}, Joules{kNan}, Joules{kNan}, kNan, false};
  }
  IdleDrift drift{.relative = kNan};
  if (before && after) drift = idle_drift(*before, *after, half_widths_[run]);
  const IdlePower idle = between(before, after, middle(window.begin_ns, window.end_ns));
  const Seconds time = duration(window.begin_ns, window.end_ns);
  const Joules net = drift.rejects ? Joules{kNan} : energy.gross - idle.power * time;
  return {idle.power, net, idle.u * time, drift.relative, drift.rejects};
}

std::string IdleBaseline::net_reason(const Record& record, int channel) const {
  double drift = 0;
  bool lacks_idle = false;
  for (const Window& window : record.windows) {
    for (const ChannelEnergy& energy : window.energy) {
      if (window.invalid != 0 || energy.channel != channel) continue;
      const NetEnergy found = net(record.run, window, energy);
      lacks_idle = lacks_idle || std::isnan(found.idle.value);
      if (found.rejected && std::abs(found.drift) > std::abs(drift)) drift = found.drift;
    }
  }
  if (drift != 0) return fmt::format("idle power changed by {:+.1f} % over the block", 100 * drift);
  return lacks_idle ? "no idle stretch to take net energy from" : "";
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
