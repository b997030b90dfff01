#include "harness/run/measure.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "harness/run/aliasing.h"
#include "harness/run/clock_drift.h"
#include "harness/run/edge_timing.h"
#include "harness/run/settle.h"
#include "harness/run/stopping.h"
#include "harness/run/window.h"
#include "harness/run/window_lengths.h"
#include "harness/simulate/random.h"

namespace ergon {
namespace {

// A window of as many launches does not show at which phase of one it begins: 0.25 % at most.
constexpr double kLaunchesAlikeMin = 100;

// What launches may hide from a part-time sensor, of the mean power. Above, the point is flagged.
constexpr double kHiddenMax = 0.01;

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

// What the launches of this window could hide from a sensor that looks part of the time, as a share
// of the mean power: by the update period that is stated, or by the one that the window shows.
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

// The windows of one point, one after the other.
class Windows {
 public:
  Windows(const Rig& rig, const Protocol& protocol, Seconds per_launch, std::int64_t deadline_ns)
      : rig_(rig),
        protocol_(protocol),
        per_launch_(per_launch),
        deadline_ns_(deadline_ns),
        running_(rig, per_launch),
        lengths_(protocol, rig.sampler, per_launch),
        stopping_(protocol),
        random_(static_cast<std::uint64_t>(rig.clock.now_ns())) {}

  EnergyPhase measure() {
    phase_.settling = settle(running_, rig_, protocol_, deadline_ns_);
    int valid = -1;
    while (stopping_.count() != valid) {
      while (!reason_to_stop()) add_window();
      valid = stopping_.count();
      judge_clocks();
    }
    phase_.stop = *reason_to_stop();
    return std::move(phase_);
  }

 private:
  [[nodiscard]] std::optional<Stop> reason_to_stop() const {
    const auto made = static_cast<int>(phase_.windows.size());
    if (stopping_.reached()) return Stop::narrow;
    if (stopping_.out_of_reach()) return Stop::out_of_reach;
    if (in_step() && made >= protocol_.windows_min) return Stop::part_time_sensor;
    if (made >= protocol_.windows_max) return Stop::windows_max;
    if (made > 0 && rig_.clock.now_ns() >= deadline_ns_) return Stop::time_budget;
    return std::nullopt;
  }

  [[nodiscard]] bool in_step() const { return hidden_share_ > kHiddenMax; }

  // What keeps step with the sensor is seen at one phase: a bias, unless each window sees another.
  // Launches begin anew after a rest of any part of a launch; what hid is then in the scatter.
  void turn_phase() {
    running_.rest(random_.uniform() * per_launch_);
    running_.run_until(rig_.clock.now_ns() + nanoseconds(memory_of_primary(rig_.sampler)));
  }

  // What a clock should have been is known once all windows are there. Where that spoils some of
  // them, others are to take their place.
  void judge_clocks() {
    for (Window& window : phase_.windows) window.invalid &= ~std::uint32_t{kClockDrift};
    mark_clock_drift(phase_.windows, rig_.sampler.channels(), rig_.sampler.primary(),
                     rig_.watch.knows_mean_frequency());
    stopping_ = Stopping(protocol_);
    for (const Window& window : phase_.windows) {
      if (window.invalid == 0) stopping_.add(value_per_launch(window, rig_.sampler.primary()));
    }
  }

  void add_window() {
    const bool first = phase_.windows.empty();
    if (hidden_share_ > 0) turn_phase();
    const Seconds length = lengths_.length(stopping_.count());
    // Windows share no edge: what one gains by an edge that is off, its neighbour would lose, and
    // their scatter would say more than the mean's uncertainty.
    const Seconds pause = random_pause(rig_.sampler, per_launch_, length, random_);
    static_cast<void>(rig_.watch.take());  // what was before; outside the window, as it takes time
    running_.find_edge(begin_from(phase_.windows, pause, rig_, random_), begin_);
    const std::int64_t length_ns = until_between_updates(length, rig_.sampler, random_);
    const std::int64_t end_ns = begin_.edge.time_ns + length_ns;
    running_.find_edge(first ? end_ns : std::min(end_ns, deadline_ns_), end_);
    Window window = make_window(rig_.sampler, begin_, end_);
    const Observation seen = rig_.watch.take();
    window.invalid |= seen.faults;
    window.activity = seen.activity;
    const std::int64_t lasted_ns = window.end_ns - window.begin_ns;
    const bool over = rig_.clock.now_ns() >= deadline_ns_;
    if (over && lasted_ns < length_ns) window.invalid |= kInterrupted;
    if (lasted_ns < nanoseconds(lengths_.length_min(stopping_.count()))) {
      window.invalid |= kTooFewUpdates;
    }
    // Asked once: windows that are told apart by their jitter alone would be a biased choice.
    if (first) hidden_share_ = hidden_share(rig_.sampler, window, protocol_.windows_min);
    if (in_step()) window.invalid |= kPartTimeSensor;
    if (window.invalid == 0) stopping_.add(value_per_launch(window, rig_.sampler.primary()));
    phase_.windows.push_back(std::move(window));
  }

  const Rig& rig_;
  const Protocol& protocol_;
  Seconds per_launch_;
  std::int64_t deadline_ns_;
  RunningLoad running_;
  WindowLengths lengths_;
  Stopping stopping_;
  Random random_;
  LoadedEdge begin_, end_;
  double hidden_share_ = 0;  // of the mean power, that keeps step with the sensor's looks
  EnergyPhase phase_;
};

}  // namespace

EnergyPhase measure_energy(const Rig& rig, const Protocol& protocol, Seconds per_launch,
                           std::int64_t deadline_ns) {
  return Windows(rig, protocol, per_launch, deadline_ns).measure();
}

}  // namespace ergon
