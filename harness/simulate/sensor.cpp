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
  show();
}

Reading Sensor::read(Seconds time) {
  if (next_time_ <= time.value) {
    skip_unseen(time.value);
    while (next_time_ <= time.value) {
      update(next_time_);
      next_time_ = update_time(++next_);
    }
    show();
  }
  return shown_;
}

// All updates that nobody reads, but for the last few, at once. Of power they leave no trace. Of
// energy they leave their sum: where power is smooth that is their number times the mean power, and
// noise of its root; jitter moves it by less than 1e-9 of itself, since power hardly changes
// within an update.
void Sensor::skip_unseen(double time_s) {
  constexpr std::int64_t kWorthwhile = 8;
  const auto last = static_cast<std::int64_t>(std::floor(time_s / model_.period.value)) - 2;
  const std::int64_t count = last - next_;
  if (count < kWorthwhile) return;
  if (model_.measure == Measure::energy) {
    const Seconds half = model_.window / 2;
    const Seconds begin = Seconds{next_time_} - model_.lag - half;
    const Seconds end = begin + static_cast<double>(count) * model_.period;
    if (!truth_.is_smooth(begin - half, end + half)) return;
    const double watts = ((truth_.energy(end) - truth_.energy(begin)) / (end - begin)).value;
    const double n = static_cast<double>(count);
    const double noise = model_.noise > 0 ? model_.noise * std::sqrt(n) * random_.normal() : 0;
    counter_j_ += model_.gain * watts * (n + noise) * model_.period.value;
  }
  next_ = last;
  next_time_ = update_time(next_);
}

void Sensor::show() {
  const double shown = model_.measure == Measure::energy ? counter_j_ : power_w_;
  shown_.raw = static_cast<std::uint64_t>(std::max(0.0, std::floor(shown / model_.quantum)));
  if (model_.wrap != 0) shown_.raw %= model_.wrap;
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
