#include "harness/simulate/machine.h"

#include <cmath>

namespace ergon {
namespace {

Seconds seconds(std::int64_t time_ns) { return Seconds{static_cast<double>(time_ns) * 1e-9}; }

}  // namespace

SensorMeter::SensorMeter(Clock& clock, const PowerTruth& truth, const SensorModel& model)
    : clock_(clock), sensor_(truth, model) {
  channel_.name = "simulated/sensor";
  channel_.domain = "simulation";
  channel_.measure = model.measure;
  channel_.source = Source::simulated;
  channel_.scale = model.quantum;
  channel_.update_period = model.period;
  channel_.averaging_window = model.window;
  channel_.lag = model.lag;
  channel_.wrap = model.wrap;
  channel_.resolution = model.quantum;
  channel_.note = "simulated: a stated power curve seen through a stated sensor";
}

void SensorMeter::read(std::span<Reading> readings) noexcept {
  readings[0] = sensor_.read(seconds(clock_.now_ns()));
}

SimulatedLoad::SimulatedLoad(VirtualClock& clock, PowerTruth& truth, Seconds per_launch,
                             const PowerTruth::Load& load)
    : clock_(clock), truth_(truth), per_launch_(per_launch), load_(load) {}

void SimulatedLoad::launch(std::int64_t count) {
  truth_.set_load(seconds(clock_.now_ns()), load_);
  const double length_ns = per_launch_.value * 1e9 * static_cast<double>(count) + remainder_ns_;
  const double whole_ns = std::floor(length_ns);
  remainder_ns_ = length_ns - whole_ns;
  clock_.advance(static_cast<std::int64_t>(whole_ns));
  launches_ += count;
}

void SimulatedLoad::stop() { truth_.set_load(seconds(clock_.now_ns()), PowerTruth::Load{}); }

}  // namespace ergon
