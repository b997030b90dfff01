#include "harness/simulate/replicate.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "harness/meter/virtual_sampler.h"
#include "harness/record/launch_intervals.h"
#include "harness/run/idle_phase.h"
#include "harness/run/measure.h"
#include "harness/simulate/machine.h"

namespace ergon {
namespace {

// Power channels are integrated from readings this far apart, or of every update.
constexpr Seconds kReadingPeriod{0.01};

Seconds seconds(std::int64_t time_ns) { return Seconds{static_cast<double>(time_ns) * 1e-9}; }

// A trial with everything drawn that is random from replicate to replicate.
struct Drawn {
  Trial trial;
  double gain;
  double pause;  // before the load, in launches and updates
};

Drawn draw(Trial trial, std::uint64_t seed) {
  Random random(seed);
  trial.sensor.seed = random.bits();
  trial.sensor.phase = random.uniform();
  trial.sensor.gain *= 1 + trial.gain_deviation * random.normal();
  // Counters round: unless power differs, every replicate would be rounded alike.
  const double scale = 1 + 0.1 * (random.uniform() - 0.5);
  const double idle_scale = 1 + 0.1 * (random.uniform() - 0.5);
  trial.load.power = scale * trial.load.power;
  trial.machine.idle = idle_scale * trial.machine.idle;
  return {trial, trial.sensor.gain, random.uniform()};
}

struct Simulation {
  VirtualClock clock, meter_clock;
  PowerTruth truth;
  SimulatedLoad load;
  VirtualSampler sampler;
  BlindWatch watch;

  explicit Simulation(const Trial& trial)
      : truth(trial.machine),
        load(clock, truth, trial.per_launch, trial.load),
        sampler(clock, meter_clock, meters(trial), kReadingPeriod) {
    const double memory = 10 * (trial.sensor.period + trial.sensor.window + trial.sensor.lag).value;
    truth.set_memory(Seconds{memory + 10});
  }

  std::vector<std::unique_ptr<Meter>> meters(const Trial& trial) {
    std::vector<std::unique_ptr<Meter>> list;
    list.push_back(std::make_unique<SensorMeter>(meter_clock, truth, trial.sensor));
    return list;
  }
};

// Net energy per launch of the valid windows, from the power that was really there but for the
// wave within a launch: a window may begin in one part of a launch and end in another.
Joules true_net(const PowerTruth& truth, const std::vector<Window>& windows) {
  Joules sum;
  int count = 0;
  for (const Window& window : windows) {
    if (window.invalid != 0) continue;
    const Seconds begin = seconds(window.begin_ns), end = seconds(window.end_ns);
    const Joules net = truth.smooth_energy(end) - truth.smooth_energy(begin) -
                       (truth.idle_energy(end) - truth.idle_energy(begin));
    sum += net / window.launches;
    ++count;
  }
  return sum / std::max(count, 1);
}

}  // namespace

Outcome replicate(const Trial& trial, const Protocol& protocol, std::uint64_t seed) {
  const Drawn drawn = draw(trial, seed);
  Simulation simulation(drawn.trial);
  simulation.truth.set_memory(Seconds{1e9});
  VirtualClock& clock = simulation.clock;
  std::vector<IdleStretch> idle = measure_idle(clock, simulation.sampler, protocol);
  // Idle ends on an update: without a pause launches would begin at one phase in all replicates.
  const Seconds turn = trial.per_launch + trial.sensor.period;
  clock.advance(static_cast<std::int64_t>(drawn.pause * turn.value * 1e9));
  const Seconds load_begin = seconds(clock.now_ns());
  const std::int64_t deadline_ns =
      clock.now_ns() + static_cast<std::int64_t>(protocol.point_max.value * 1e9);
  const std::vector<Window> windows =
      measure_energy({simulation.load, clock, simulation.sampler, simulation.watch}, protocol,
                     trial.per_launch, deadline_ns)
          .windows;
  simulation.load.stop();
  Outcome outcome;
  outcome.loaded = seconds(clock.now_ns()) - load_begin;
  for (IdleStretch& stretch : measure_idle(clock, simulation.sampler, protocol)) {
    idle.push_back(std::move(stretch));
  }
  std::vector<const IdleStretch*> around;
  for (const IdleStretch& stretch : idle) around.push_back(&stretch);
  const LaunchIntervals found =
      launch_intervals(windows, 0, simulation.sampler.channels()[0], around, kReadingPeriod);
  for (const Window& window : windows) outcome.faults |= window.invalid;
  outcome.truth = true_net(simulation.truth, windows);
  outcome.estimate = Joules{found.net.value};
  outcome.half_width = Joules{found.net.half_width};
  outcome.freedom = found.net.freedom;
  outcome.gain = drawn.gain;
  outcome.flagged = found.windows < protocol.windows_min || !std::isfinite(found.net.half_width);
  outcome.elapsed = seconds(clock.now_ns());
  outcome.windows = found.windows;
  return outcome;
}

Outcome replicate_naively(const Trial& trial, std::uint64_t seed) {
  const Drawn drawn = draw(trial, seed);
  Simulation simulation(drawn.trial);
  VirtualClock& clock = simulation.clock;
  SensorMeter meter(clock, simulation.truth, drawn.trial.sensor);
  const double scale = meter.channels()[0].scale;
  const auto read = [&] {
    Reading reading;
    meter.read({&reading, 1});
    return static_cast<double>(reading.raw) * scale;
  };
  const auto launches =
      static_cast<std::int64_t>(std::max(1.0, std::round(1 / trial.per_launch.value)));
  clock.wait_until(5'000'000'000);
  const double idle_begin = read();
  clock.advance(1'000'000'000);
  const double begin = read();
  const std::int64_t begin_ns = clock.now_ns();
  simulation.load.launch(launches);
  const double end = read();
  const Seconds length = seconds(clock.now_ns()) - seconds(begin_ns);
  Outcome outcome;
  const Joules net = simulation.truth.energy(seconds(clock.now_ns())) -
                     simulation.truth.energy(seconds(begin_ns)) -
                     (simulation.truth.idle_energy(seconds(clock.now_ns())) -
                      simulation.truth.idle_energy(seconds(begin_ns)));
  outcome.truth = net / static_cast<double>(launches);
  const double gross = trial.sensor.measure == Measure::energy ? end - begin : end * length.value;
  const double idle_w = trial.sensor.measure == Measure::energy ? begin - idle_begin : begin;
  outcome.estimate = Joules{gross - idle_w * length.value} / static_cast<double>(launches);
  outcome.gain = drawn.gain;
  outcome.windows = 1;
  outcome.elapsed = length;
  return outcome;
}

}  // namespace ergon
