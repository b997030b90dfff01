#include "harness/run/measure.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "harness/run/aliasing.h"
#include "harness/run/edge_timing.h"
#include "harness/run/settle.h"
#include "harness/run/stopping.h"
#include "harness/run/window.h"
#include "harness/simulate/random.h"

namespace ergon {
namespace {

// A window of as many launches does not show at which phase of one it begins: 0.25 % at most.
constexpr double kLaunchesAlikeMin = 100;

Window make_window(const Sampler& sampler, const LoadedEdge& begin, const LoadedEdge& end) {
  Window window;
  window.launches = end.launches - begin.launches;
  window.begin_ns = begin.edge.time_ns;
  window.end_ns = end.edge.time_ns;
  window.invalid = faults_between(sampler.channels(), sampler.primary(), begin.edge, end.edge);
  window.energy = energy_between(sampler.channels(), sampler.primary(), begin.edge, end.edge);
  window.states = states_between(sampler.channels(), end.edge);
  return window;
}

// Whether the launches of this window keep step with a sensor that looks part of the time: by the
// update period that is stated, or by the one that the window shows.
bool keeps_step(const Sampler& sampler, const Window& window, int windows_min) {
  if (primary_channel(sampler) == nullptr) return false;
  const Channel& channel = *primary_channel(sampler);
  const double length_s = static_cast<double>(window.end_ns - window.begin_ns) * 1e-9;
  const double updates = std::round(length_s / channel.update_period.value);
  if (!std::isfinite(updates) || updates < 1) return false;
  SamplingPattern pattern{.update_period = channel.update_period,
                          .averaging_window = channel.averaging_window,
                          .per_launch = Seconds{length_s / window.launches},
                          .updates = windows_min * updates};
  if (hides_in_phase(pattern)) return true;
  pattern.update_period = Seconds{length_s / updates};
  return hides_in_phase(pattern);
}

// Time to let pass before a window, at random, so that windows are independent samples: of one
// update, since looks at a fixed distance from an update would find each of them early, or each
// late; and of one launch, since it is asked for between two launches. Launches long enough to show
// in what a part-time sensor sees would meet it at phases that follow from window to window: of
// eight turns of the slower of launches and updates, half a window at most.
Seconds random_pause(const Sampler& sampler, Seconds per_launch, Seconds length, Random& random) {
  const Seconds period = period_of_primary(sampler);
  const bool alike = kLaunchesAlikeMin * per_launch < length;
  if (alike) return random.uniform() * period + random.uniform() * per_launch;
  return random.uniform() * std::min(8 * std::max(per_launch, period), length / 2);
}

// The moment from which a window's first edge is looked for.
std::int64_t begin_from(std::span<const Window> windows, Seconds pause, const Rig& rig,
                        Random& random) {
  const std::int64_t now_ns = rig.clock.now_ns();
  if (windows.empty()) return now_ns + nanoseconds(pause);
  const std::int64_t update_ns = windows.back().end_ns;
  const Seconds passed{static_cast<double>(now_ns - update_ns) * 1e-9};
  return std::max(now_ns, update_ns + until_between_updates(passed + pause, rig.sampler, random));
}

// What the stopping rule looks at: J per launch of the primary channel, or s where unmetered.
double value_per_launch(const Window& window, int primary) {
  for (const ChannelEnergy& energy : window.energy) {
    if (energy.channel == primary) return energy.gross.value / window.launches;
  }
  return static_cast<double>(window.end_ns - window.begin_ns) * 1e-9 / window.launches;
}

}  // namespace

EnergyPhase measure_energy(const Rig& rig, const Protocol& protocol, Seconds per_launch,
                           std::int64_t deadline_ns) {
  const double period_s = period_of_primary(rig.sampler).value;
  const double updates_s = protocol.window_updates_min * period_s;
  const Seconds length = std::max(protocol.window_min, Seconds{updates_s});
  RunningLoad running(rig, per_launch);
  settle(running, rig, protocol, deadline_ns);
  LoadedEdge begin, end;
  Stopping stopping(protocol);
  EnergyPhase phase;
  std::vector<Window>& windows = phase.windows;
  Random random(static_cast<std::uint64_t>(rig.clock.now_ns()));
  bool in_step = false;
  while (static_cast<int>(windows.size()) < protocol.windows_max && !stopping.done() &&
         !(in_step && static_cast<int>(windows.size()) >= protocol.windows_min) &&
         (windows.empty() || rig.clock.now_ns() < deadline_ns)) {
    // Windows share no edge: what one gains by an edge that is off, its neighbour would lose, and
    // their scatter would say more than the mean's uncertainty.
    const Seconds pause = random_pause(rig.sampler, per_launch, length, random);
    static_cast<void>(rig.watch.take());  // what was before; outside the window, as it takes time
    running.find_edge(begin_from(windows, pause, rig, random), begin);
    const std::int64_t length_ns = until_between_updates(length, rig.sampler, random);
    const std::int64_t end_ns = begin.edge.time_ns + length_ns;
    running.find_edge(windows.empty() ? end_ns : std::min(end_ns, deadline_ns), end);
    Window window = make_window(rig.sampler, begin, end);
    const Observation seen = rig.watch.take();
    window.invalid |= seen.faults;
    window.activity = seen.activity;
    const std::int64_t lasted_ns = window.end_ns - window.begin_ns;
    const bool over = rig.clock.now_ns() >= deadline_ns;
    if (over && lasted_ns < length_ns) window.invalid |= kInterrupted;
    if (static_cast<double>(lasted_ns) * 1e-9 < updates_s - period_s / 2) {
      window.invalid |= kTooFewUpdates;
    }
    // Asked once: windows that are told apart by their jitter alone would be a biased choice.
    if (windows.empty()) in_step = keeps_step(rig.sampler, window, protocol.windows_min);
    if (in_step) window.invalid |= kPartTimeSensor;
    if (window.invalid == 0) stopping.add(value_per_launch(window, rig.sampler.primary()));
    windows.push_back(std::move(window));
  }
  return phase;
}

}  // namespace ergon
