#include "harness/simulate/truth.h"

#include <algorithm>
#include <cmath>

#include "kernels/error.h"

namespace ergon {
namespace {

// Integral from 0 to `phase` of a square wave of period 1: +1 in the first half, -1 in the second.
double triangle(double phase) {
  const double within = phase - std::floor(phase);
  return within < 0.5 ? within : 1 - within;
}

}  // namespace

PowerTruth::PowerTruth(const Machine& machine) : machine_(machine) {
  segments_.push_back({0, Load{}, 0, 0});
}

void PowerTruth::set_load(Seconds time, const Load& load) {
  const Segment& last = segments_.back();
  ERGON_ASSERT(time.value >= last.begin_s);
  if (load == last.load) return;
  segments_.push_back({time.value, load, leak_at(last, time.value),
                       last.energy_j + energy_within(last, time.value)});
  while (segments_.size() > 2 && segments_[1].begin_s < time.value - memory_.value) {
    segments_.pop_front();
  }
}

Joules PowerTruth::energy(Seconds time) const {
  const Segment& segment = segment_at(time.value);
  return Joules{segment.energy_j + energy_within(segment, time.value)};
}

Joules PowerTruth::smooth_energy(Seconds time) const {
  return energy(time) - Joules{wave_within(segment_at(time.value), time.value)};
}

Joules PowerTruth::idle_energy(Seconds time) const {
  const double t = time.value;
  return Joules{machine_.idle.value * (t + machine_.drift_per_s * t * t / 2)};
}

bool PowerTruth::is_smooth(Seconds begin, Seconds end) const {
  const Segment& segment = segment_at(begin.value);
  return &segment == &segment_at(end.value) && segment.load.swing == 0;
}

const PowerTruth::Segment& PowerTruth::segment_at(double time_s) const {
  for (auto segment = segments_.rbegin(); segment != segments_.rend(); ++segment) {
    if (segment->begin_s <= time_s) return *segment;
  }
  return segments_.front();  // before 0, or forgotten: the oldest that is known went on
}

// Leakage relaxes to its share of the load's power with the thermal time constant.
double PowerTruth::leak_at(const Segment& segment, double time_s) const {
  const double target = machine_.thermal_rise * segment.load.power.value;
  const double decay = std::exp(-(time_s - segment.begin_s) / machine_.thermal_time.value);
  return target + (segment.leak_w - target) * decay;
}

double PowerTruth::energy_within(const Segment& segment, double time_s) const {
  const double length = time_s - segment.begin_s;
  const double base = machine_.idle.value + segment.load.power.value;
  // Integral of 1 + drift t over the segment.
  const double steady =
      base * (length + machine_.drift_per_s * length * (time_s + segment.begin_s) / 2);
  double leak = 0;
  if (machine_.thermal_rise > 0) {
    const double target = machine_.thermal_rise * segment.load.power.value;
    const double decay = -std::expm1(-length / machine_.thermal_time.value);
    leak = target * length + (segment.leak_w - target) * machine_.thermal_time.value * decay;
  }
  return steady + leak + wave_within(segment, time_s);
}

double PowerTruth::wave_within(const Segment& segment, double time_s) {
  const Load& load = segment.load;
  if (load.swing <= 0) return 0;
  const double period = load.swing_period.value;
  return load.power.value * load.swing * period * triangle((time_s - segment.begin_s) / period);
}

}  // namespace ergon
