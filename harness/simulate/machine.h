#pragma once

#include <memory>
#include <span>

#include "harness/clock.h"
#include "harness/meter/meter.h"
#include "harness/run/load.h"
#include "harness/simulate/sensor.h"
#include "harness/simulate/truth.h"

namespace ergon {

// A meter with one channel, a sensor's, read by a virtual clock.
class SensorMeter final : public Meter {
 public:
  // Borrows clock and truth for its life. The channel's facts are what a characterisation
  // would find: period, window, lag and step, but neither the gain nor the phase nor the noise.
  SensorMeter(Clock& clock, const PowerTruth& truth, const SensorModel& model);
  [[nodiscard]] std::span<const Channel> channels() const override { return {&channel_, 1}; }
  void read(std::span<Reading> readings) noexcept override;

 private:
  Clock& clock_;
  Sensor sensor_;
  Channel channel_;
};

// A kernel that takes a fixed time and draws a fixed power above idle: it advances the virtual
// clock and tells the truth. The machine is idle from stop() to the next launch.
class SimulatedLoad final : public Load {
 public:
  // Borrows both for its life.
  SimulatedLoad(VirtualClock& clock, PowerTruth& truth, Seconds per_launch,
                const PowerTruth::Load& load);
  void launch(std::int64_t count) override;
  void stop() override;
  [[nodiscard]] std::int64_t launches() const { return launches_; }

 private:
  VirtualClock& clock_;
  PowerTruth& truth_;
  Seconds per_launch_;
  PowerTruth::Load load_;
  double remainder_ns_ = 0;  // of launches that end between two ticks of the clock
  std::int64_t launches_ = 0;
};

}  // namespace ergon
