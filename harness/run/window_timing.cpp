#include "harness/run/window_timing.h"

#include <algorithm>
#include <cmath>

#include "harness/run/aliasing.h"
#include "harness/run/edge_timing.h"
#include "harness/run/window.h"

namespace ergon {
namespace {

// A window of as many launches does not show at which phase of one it begins: 0.25 % at most.
constexpr double kLaunchesAlikeMin = 100;

}  // namespace

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

double hidden_share(const Sampler& sampler, const Window& window, int windows_min) {
  if (primary_channel(sampler) == nullptr) return 0;
  const Channel& channel = *primary_channel(sampler);
  const double length_s = static_cast<double>(window.end_ns - window.begin_ns) * 1e-9;
  const double updates = std::round(length_s / channel.update_period.value);
  if (!std::isfinite(updates) || updates < 1) return 0;
  SamplingPattern pattern{.update_period = channel.update_period,
                          .averaging_window = channel.averaging_window,
                          .per_launch = Seconds{length_s / window.launches},
                          .updates = windows_min * updates};
  const double stated = bias_in_phase(pattern);
  pattern.update_period = Seconds{length_s / updates};
  return std::max(stated, bias_in_phase(pattern));
}

Seconds random_pause(const Sampler& sampler, Seconds per_launch, Seconds length, Random& random) {
  const Seconds period = period_of_primary(sampler);
  const bool alike = kLaunchesAlikeMin * per_launch < length;
  if (alike) return random.uniform() * period + random.uniform() * per_launch;
  return random.uniform() * std::min(8 * std::max(per_launch, period), length / 2);
}

std::int64_t begin_from(std::span<const Window> windows, Seconds pause, const Rig& rig,
                        Random& random) {
  const std::int64_t now_ns = rig.clock.now_ns();
  if (windows.empty()) return now_ns + nanoseconds(pause);
  const std::int64_t update_ns = windows.back().end_ns;
  const Seconds passed{static_cast<double>(now_ns - update_ns) * 1e-9};
  return std::max(now_ns, update_ns + until_between_updates(passed + pause, rig.sampler, random));
}

double value_per_launch(const Window& window, int primary) {
  for (const ChannelEnergy& energy : window.energy) {
    if (energy.channel == primary) return energy.gross.value / window.launches;
  }
  return static_cast<double>(window.end_ns - window.begin_ns) * 1e-9 / window.launches;
}

void turn_phase(RunningLoad& running, const Rig& rig, Seconds per_launch, Random& random) {
  running.rest(random.uniform() * per_launch);
  running.run_until(rig.clock.now_ns() + nanoseconds(memory_of_primary(rig.sampler)));
}

}  // namespace ergon
