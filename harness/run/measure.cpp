#include "harness/run/measure.h"

#include <algorithm>
#include <cmath>

#include "harness/run/aliasing.h"
#include "harness/run/stopping.h"
#include "harness/run/window.h"
#include "harness/simulate/random.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// A sample of the time phase lasts at least this: 400 times the 24 ns that two clock readings take.
constexpr std::int64_t kSampleMinNs = 10'000;
constexpr int kBatchMax = 1 << 20;
// Launches between two looks at the sampler last about this. A look takes 0.1 us: 0.01 %.
constexpr double kLookPeriodS = 1e-3;
// Idle time is measured in this many stretches, whose scatter is what idle power is known to.
constexpr int kIdleStretches = 4;
constexpr int kIdleUpdatesMin = 5;
// A window of as many launches does not show at which phase of one it begins: 0.25 % at most.
constexpr double kLaunchesAlikeMin = 100;
// No meter has a period so long; a read that hangs must not hang the sweep.
constexpr std::int64_t kEdgeWaitMaxNs = 120'000'000'000;

std::int64_t nanoseconds(Seconds time) {
  return static_cast<std::int64_t>(std::llround(time.value * 1e9));
}

std::int64_t timed_launch(Load& load, Clock& clock, int count) {
  const std::int64_t begin_ns = clock.now_ns();
  load.launch(count);
  return clock.now_ns() - begin_ns;
}

// A sample of the time phase: launches back to back, and how long they took.
struct Sample {
  int batch = 1;
  std::int64_t elapsed_ns = 0;
  [[nodiscard]] Seconds per_launch() const {
    return Seconds{static_cast<double>(elapsed_ns) * 1e-9 / batch};
  }
};

// The first sample that lasts kSampleMinNs, or at the end of the budget the last that was tried.
Sample first_sample(Load& load, Clock& clock, std::int64_t end_ns) {
  Sample sample;
  for (;;) {
    sample.elapsed_ns = timed_launch(load, clock, sample.batch);
    if (sample.elapsed_ns >= kSampleMinNs || sample.batch >= kBatchMax) return sample;
    if (clock.now_ns() >= end_ns) return sample;
    // Grows by 16 at most, since the first launches are slower than the rest.
    const std::int64_t elapsed_ns = std::max<std::int64_t>(sample.elapsed_ns, 1);
    const std::int64_t growth = kSampleMinNs * 5 / 4 / elapsed_ns + 1;
    const int factor = static_cast<int>(std::clamp<std::int64_t>(growth, 2, 16));
    sample.batch = std::min(kBatchMax, sample.batch * factor);
  }
}

void refuse_to_wait(std::int64_t waited_ns) {
  if (waited_ns > kEdgeWaitMaxNs) {
    throw Error("meter: no edge within 120 s: a read of the meter hangs; see ergon doctor");
  }
}

// An edge and the launches done by then since the phase began.
struct LoadedEdge {
  Edge edge;
  double launches = 0;
};

// Keeps the load running, and finds edges meanwhile.
class RunningLoad {
 public:
  RunningLoad(const Rig& rig, Seconds per_launch)
      : rig_(rig), per_launch_s_(std::max(per_launch.value, 1e-9)) {
    batch_ = std::max<std::int64_t>(1, std::llround(kLookPeriodS / per_launch_s_));
    stamps_.reserve(1024);
    stamps_.push_back({rig_.clock.now_ns(), 0});
  }

  // Launches until `until_ns`, at least one batch; the seconds per launch.
  double run_until(std::int64_t until_ns) {
    const Stamp begin = stamps_.back();
    do {
      // Far from the end there is nothing to look at: half of what is left in one go.
      const double left_s = static_cast<double>(until_ns - stamps_.back().time_ns) * 1e-9;
      launch_batch(std::max(batch_, static_cast<std::int64_t>(left_s / 2 / per_launch_s_)));
      stamps_.front() = stamps_.back();
      stamps_.resize(1);
    } while (stamps_.back().time_ns < until_ns);
    const Stamp& end = stamps_.back();
    return static_cast<double>(end.time_ns - begin.time_ns) * 1e-9 /
           static_cast<double>(end.launches - begin.launches);
  }

  // Asks for an edge and launches until it is there.
  void find_edge(LoadedEdge& found) {
    stamps_.front() = stamps_.back();
    stamps_.resize(1);
    const std::int64_t asked_ns = rig_.clock.now_ns();
    rig_.sampler.request_edge();
    do {
      launch_batch(batch_);
      refuse_to_wait(stamps_.back().time_ns - asked_ns);
    } while (!rig_.sampler.take_edge(found.edge));
    found.launches = launches_at(found.edge.time_ns);
  }

 private:
  struct Stamp {
    std::int64_t time_ns, launches;
  };

  void launch_batch(std::int64_t count) {
    rig_.load.launch(count);
    stamps_.push_back({rig_.clock.now_ns(), stamps_.back().launches + count});
  }

  // Launches of a batch follow each other evenly: between two stamps the count is linear in time.
  double launches_at(std::int64_t time_ns) const {
    auto after = std::find_if(stamps_.begin() + 1, stamps_.end(),
                              [time_ns](const Stamp& stamp) { return stamp.time_ns >= time_ns; });
    if (after == stamps_.end()) --after;
    const Stamp& before = *(after - 1);
    const double length_ns = static_cast<double>(after->time_ns - before.time_ns);
    if (length_ns <= 0) return static_cast<double>(after->launches);
    const double share = static_cast<double>(time_ns - before.time_ns) / length_ns;
    return static_cast<double>(before.launches) +
           share * static_cast<double>(after->launches - before.launches);
  }

  const Rig& rig_;
  double per_launch_s_;
  std::int64_t batch_;
  std::vector<Stamp> stamps_;  // the last before the edge asked for, and all since
};

double period_of_primary(const Sampler& sampler) {
  const int primary = sampler.primary();
  if (primary < 0) return 0;
  return sampler.channels()[static_cast<std::size_t>(primary)].update_period.value;
}

// How long a change of power takes to be all of what the primary channel shows: its lag and its
// averaging window have passed, and then a new number has come.
Seconds memory_of_primary(const Sampler& sampler) {
  const int primary = sampler.primary();
  if (primary < 0) return Seconds{0};
  const Channel& channel = sampler.channels()[static_cast<std::size_t>(primary)];
  return channel.lag + channel.averaging_window + channel.update_period;
}

// Runs the load until its launch time is flat: three stretches in a row within 1 %; and as long as
// the sensor still remembers what was before.
void settle(RunningLoad& running, Clock& clock, Seconds settle_min, Seconds settle_max,
            std::int64_t deadline_ns) {
  running.run_until(clock.now_ns() + nanoseconds(settle_min));
  const std::int64_t begin_ns = clock.now_ns();
  const std::int64_t end_ns = std::min(begin_ns + nanoseconds(settle_max), deadline_ns);
  const std::int64_t stretch_ns = nanoseconds(std::min(settle_max / 10, Seconds{1}));
  double last[3] = {0, 0, 0};
  while (clock.now_ns() < end_ns) {
    std::rotate(last, last + 1, last + 3);
    last[2] = running.run_until(std::min(clock.now_ns() + stretch_ns, end_ns));
    const auto [least, most] = std::minmax_element(last, last + 3);
    if (*least > 0 && *most - *least <= 0.01 * *least) return;
  }
}

// A length, at least `wanted`, after which the next update of the primary channel is half a period
// away. To look for it any closer would find updates that come late and miss those that come
// early: the windows would be longer than the energy in them.
std::int64_t until_between_updates(Seconds wanted, const Sampler& sampler) {
  const double period_s = period_of_primary(sampler);
  if (period_s <= 0) return nanoseconds(wanted);
  return nanoseconds(Seconds{(std::ceil(wanted.value / period_s) - 0.5) * period_s});
}

Window make_window(const Sampler& sampler, const LoadedEdge& begin, const LoadedEdge& end) {
  Window window;
  window.launches = end.launches - begin.launches;
  window.begin_ns = begin.edge.time_ns;
  window.end_ns = end.edge.time_ns;
  window.invalid = faults_between(sampler.primary(), begin.edge, end.edge);
  window.energy = energy_between(sampler.channels(), sampler.primary(), begin.edge, end.edge);
  return window;
}

// Whether the launches of this window keep step with a sensor that looks part of the time: by the
// update period that is stated, or by the one that the window shows.
bool keeps_step(const Sampler& sampler, const Window& window, int windows_min) {
  if (sampler.primary() < 0) return false;
  const Channel& channel = sampler.channels()[static_cast<std::size_t>(sampler.primary())];
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

// Time to let pass before a window, at random: launches long enough to show in a window's edges, or
// in what a part-time sensor sees, would else meet them at phases that follow from window to
// window, and the windows were no independent samples. Eight turns of the slower of launches and
// updates, half a window at most.
std::int64_t random_pause_ns(const Sampler& sampler, double per_launch_s, std::int64_t length_ns,
                             Random& random) {
  const double length_s = static_cast<double>(length_ns) * 1e-9;
  if (per_launch_s * kLaunchesAlikeMin < length_s) return 0;
  const double turn_s = std::max(per_launch_s, period_of_primary(sampler));
  return nanoseconds(Seconds{random.uniform() * std::min(8 * turn_s, length_s / 2)});
}

// What the stopping rule looks at: J per launch of the primary channel, or s where unmetered.
double value_per_launch(const Window& window, int primary) {
  for (const ChannelEnergy& energy : window.energy) {
    if (energy.channel == primary) return energy.gross.value / window.launches;
  }
  return static_cast<double>(window.end_ns - window.begin_ns) * 1e-9 / window.launches;
}

void take_edge(Clock& clock, Sampler& sampler, Edge& edge) {
  const std::int64_t asked_ns = clock.now_ns();
  sampler.request_edge();
  while (!sampler.take_edge(edge)) {
    clock.wait_until(clock.now_ns() + 200'000);
    refuse_to_wait(clock.now_ns() - asked_ns);
  }
}

}  // namespace

TimePhase measure_time(Load& load, Clock& clock, const Protocol& protocol) {
  const std::int64_t end_ns = clock.now_ns() + nanoseconds(protocol.time_max);
  Sample sample = first_sample(load, clock, end_ns);
  TimePhase phase;
  phase.batch = sample.batch;
  const auto wanted = static_cast<std::size_t>(std::max(protocol.time_samples_min, 1));
  phase.times.reserve(wanted);
  phase.times.push_back(sample.per_launch());
  while (phase.times.size() < wanted && clock.now_ns() < end_ns) {
    sample.elapsed_ns = timed_launch(load, clock, phase.batch);
    phase.times.push_back(sample.per_launch());
  }
  return phase;
}

std::vector<Window> measure_energy(const Rig& rig, const Protocol& protocol, Seconds per_launch,
                                   std::int64_t deadline_ns) {
  const double period_s = period_of_primary(rig.sampler);
  const double updates_s = protocol.window_updates_min * period_s;
  const std::int64_t length_ns =
      until_between_updates(std::max(protocol.window_min, Seconds{updates_s}), rig.sampler);
  RunningLoad running(rig, per_launch);
  settle(running, rig.clock, memory_of_primary(rig.sampler), protocol.settle_max, deadline_ns);
  LoadedEdge begin, end;
  Stopping stopping(protocol);
  std::vector<Window> windows;
  Random random(static_cast<std::uint64_t>(rig.clock.now_ns()));
  bool in_step = false;
  while (static_cast<int>(windows.size()) < protocol.windows_max && !stopping.done() &&
         !(in_step && static_cast<int>(windows.size()) >= protocol.windows_min) &&
         (windows.empty() || rig.clock.now_ns() < deadline_ns)) {
    // Windows share no edge: what one gains by an edge that is off, its neighbour would lose, and
    // their scatter would say more than the mean's uncertainty.
    const std::int64_t pause_ns = random_pause_ns(rig.sampler, per_launch.value, length_ns, random);
    if (pause_ns > 0) running.run_until(rig.clock.now_ns() + pause_ns);
    running.find_edge(begin);
    static_cast<void>(rig.watch.take_faults());  // those of the time before
    const std::int64_t end_ns = begin.edge.time_ns + length_ns;
    running.run_until(windows.empty() ? end_ns : std::min(end_ns, deadline_ns));
    running.find_edge(end);
    Window window = make_window(rig.sampler, begin, end);
    window.invalid |= rig.watch.take_faults();
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
  return windows;
}

std::vector<IdleStretch> measure_idle(Clock& clock, Sampler& sampler, const Protocol& protocol) {
  const Seconds pause = std::max(protocol.idle / 10, memory_of_primary(sampler));
  clock.wait_until(clock.now_ns() + nanoseconds(pause));
  const double updates_s = kIdleUpdatesMin * period_of_primary(sampler);
  const Seconds length = std::max(protocol.idle / kIdleStretches, Seconds{updates_s});
  std::vector<IdleStretch> stretches(kIdleStretches);
  for (IdleStretch& idle : stretches) {
    Edge begin, end;
    take_edge(clock, sampler, begin);
    clock.wait_until(begin.time_ns + until_between_updates(length, sampler));
    take_edge(clock, sampler, end);
    idle.begin_ns = begin.time_ns;
    idle.end_ns = end.time_ns;
    idle.invalid = faults_between(sampler.primary(), begin, end);
    idle.energy = energy_between(sampler.channels(), sampler.primary(), begin, end);
  }
  return stretches;
}

}  // namespace ergon
