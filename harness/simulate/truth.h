#pragma once

#include <cstdint>
#include <deque>

#include "harness/units.h"

namespace ergon {

// The power that a simulated machine really draws, known exactly: what a simulated sensor looks at
// and what a protocol's answer is held against. Time in seconds since an origin of its own.
class PowerTruth {
 public:
  struct Machine {
    Watts idle{50};
    double drift_per_s = 0;   // relative growth of idle and load power, per second since 0
    double thermal_rise = 0;  // share of the load's power that leakage adds once it is warm
    Seconds thermal_time{5};  // time constant of that
  };
  // What runs: power above idle, and a square wave on it of zero mean, high half of the time.
  struct Load {
    Watts power{0};
    double swing = 0;  // amplitude of the wave as a share of `power`, 0..1
    Seconds swing_period{0};
    bool operator==(const Load&) const = default;
  };

  explicit PowerTruth(const Machine& machine);

  // From `time` on; times never go back. What lies more than `memory` before is forgotten.
  void set_load(Seconds time, const Load& load);
  // Energy from 0 to `time`, with the load last set going on. `time` may lie in the past by as
  // much as the memory.
  [[nodiscard]] Joules energy(Seconds time) const;
  // The same but for the wave: what a window holds that begins and ends at any phase of it, on
  // average. Exact where loads were changed at whole periods of their waves.
  [[nodiscard]] Joules smooth_energy(Seconds time) const;
  // The same, had nothing run since 0: what net energy is net of. Leakage is the load's.
  [[nodiscard]] Joules idle_energy(Seconds time) const;
  // Whether one load ran all the time between the two, and without a wave: power then changes by
  // drift and warming alone.
  [[nodiscard]] bool is_smooth(Seconds begin, Seconds end) const;
  void set_memory(Seconds memory) { memory_ = memory; }

 private:
  struct Segment {
    double begin_s;
    Load load;
    double leak_w;    // leakage above idle at the begin
    double energy_j;  // from 0 to the begin
  };
  [[nodiscard]] const Segment& segment_at(double time_s) const;
  [[nodiscard]] double energy_within(const Segment& segment, double time_s) const;
  [[nodiscard]] static double wave_within(const Segment& segment, double time_s);
  [[nodiscard]] double leak_at(const Segment& segment, double time_s) const;

  Machine machine_;
  Seconds memory_{60};
  std::deque<Segment> segments_;
};

}  // namespace ergon
