#include "harness/simulate/sensor.h"

#include <algorithm>
#include <cmath>

namespace ergon {
namespace {

std::uint64_t mix(std::uint64_t seed, std::int64_t index) {
  return Random(seed ^ (static_cast<std::uint64_t>(index) * 0xD1B54A32D192ED03u)).bits();
}

}  // namespace

Sensor::Sensor(const PowerTruth& truth, const SensorModel& model)
    : truth_(truth), model_(model), random_(model.seed) {
  next_time_ = update_time(next_);
}

Reading Sensor::read(Seconds time) {
  while (next_time_ <= time.value) {
    update(next_time_);
    next_time_ = update_time(++next_);
  }
  Reading reading;
  const double shown = model_.measure == Measure::energy ? counter_j_ : power_w_;
  reading.raw = static_cast<std::uint64_t>(std::max(0.0, std::floor(shown / model_.quantum)));
  if (model_.wrap != 0) reading.raw %= model_.wrap;
  return reading;
}

// Jitter moves each update about its place; it does not add up. Uniform, of the stated deviation.
double Sensor::update_time(std::int64_t k) const {
  double offset = model_.phase;
  if (model_.jitter > 0) {
    const double unit = static_cast<double>(mix(model_.seed, k) >> 11) * 0x1p-53;
    offset += model_.jitter * std::sqrt(12.0) * (unit - 0.5);
  }
  return (static_cast<double>(k) + offset) * model_.period.value;
}

void Sensor::update(double time_s) {
  const double end_s = time_s - model_.lag.value;
  const Joules seen =
      truth_.energy(Seconds{end_s}) - truth_.energy(Seconds{end_s - model_.window.value});
  const double noise = model_.noise > 0 ? 1 + model_.noise * random_.normal() : 1;
  power_w_ = model_.gain * noise * seen.value / model_.window.value;
  counter_j_ += power_w_ * model_.period.value;
}

}  // namespace ergon
