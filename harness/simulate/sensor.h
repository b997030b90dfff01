#pragma once

#include <cstdint>

#include "harness/meter/channel.h"
#include "harness/meter/meter.h"
#include "harness/simulate/random.h"
#include "harness/simulate/truth.h"

namespace ergon {

// What stands between a machine's power and the number a meter gives.
struct SensorModel {
  Measure measure = Measure::energy;
  Seconds period{0.02};    // T: a new number comes this often
  Seconds window{0.02};    // W: each is the mean power of this long; W < T sees part of the time
  Seconds lag{0};          // and ends this long before the number comes
  double quantum = 1e-3;   // step of the number, in J or W
  double gain = 1;         // sensor / truth
  double noise = 0;        // white, per update, relative to the power seen
  double jitter = 0;       // of the update times, standard deviation as a share of T
  std::uint64_t wrap = 0;  // counts of an energy counter; 0: 64 bits
  double phase = 0;        // of the first update, in periods, 0..1
  std::uint64_t seed = 1;
};

// A sensor that looks at the truth: power as the mean over a window, energy as the sum of those
// means times the period, which is what part-time and averaging sensors count. Deterministic.
class Sensor {
 public:
  // Borrows the truth for its life.
  Sensor(const PowerTruth& truth, const SensorModel& model);
  // The number shown at `time`; times never go back.
  [[nodiscard]] Reading read(Seconds time);
  [[nodiscard]] const SensorModel& model() const { return model_; }

 private:
  [[nodiscard]] double update_time(std::int64_t k) const;
  void update(double time_s);
  void skip_unseen(double time_s);
  void show();

  const PowerTruth& truth_;
  SensorModel model_;
  std::int64_t next_ = 0;  // index of the update that has not come yet
  double next_time_ = 0;
  double power_w_ = 0;    // of the last update
  double counter_j_ = 0;  // sum of power x period
  Reading shown_;
  Random random_;
};

}  // namespace ergon
