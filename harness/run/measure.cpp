#include "harness/run/measure.h"

#include <algorithm>
#include <optional>

#include "harness/run/edge_timing.h"
#include "harness/run/settle.h"
#include "harness/run/window_judge.h"
#include "harness/run/window_lengths.h"
#include "harness/run/window_timing.h"
#include "harness/simulate/random.h"

namespace ergon {
namespace {

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
        judge_(protocol, rig.sampler.primary(), deadline_ns),
        random_(static_cast<std::uint64_t>(rig.clock.now_ns())) {}

  EnergyPhase measure() {
    phase_.settling = settle(running_, rig_, protocol_, deadline_ns_);
    int valid = -1;
    while (judge_.count() != valid) {
      while (!reason_to_stop()) add_window();
      valid = judge_.count();
      judge_.judge_clocks(phase_.windows, rig_.sampler.channels(),
                          rig_.watch.knows_mean_frequency());
    }
    phase_.stop = *reason_to_stop();
    return std::move(phase_);
  }

 private:
  [[nodiscard]] std::optional<Stop> reason_to_stop() const {
    return judge_.reason_to_stop(phase_.windows.size(), in_step(), rig_.clock.now_ns());
  }

  [[nodiscard]] bool in_step() const { return hidden_share_ > kHiddenMax; }

  void add_window() {
    const bool first = phase_.windows.empty();
    if (hidden_share_ > 0) turn_phase(running_, rig_, per_launch_, random_);
    const Seconds length = lengths_.length(judge_.count());
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
    if (lasted_ns < nanoseconds(lengths_.length_min(judge_.count()))) {
      window.invalid |= kTooFewUpdates;
    }
    // Asked once: windows that are told apart by their jitter alone would be a biased choice.
    if (first) hidden_share_ = hidden_share(rig_.sampler, window, protocol_.windows_min);
    if (in_step()) window.invalid |= kPartTimeSensor;
    judge_.add(window);
    phase_.windows.push_back(std::move(window));
  }

  const Rig& rig_;
  const Protocol& protocol_;
  Seconds per_launch_;
  std::int64_t deadline_ns_;
  RunningLoad running_;
  WindowLengths lengths_;
  WindowJudge judge_;
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
