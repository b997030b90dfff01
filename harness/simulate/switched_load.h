#pragma once

#include "harness/clock.h"
#include "harness/meter/characterise.h"
#include "harness/simulate/truth.h"

namespace ergon {

// A load that tells the truth when it goes on and off, in no time.
class SimulatedSwitchedLoad final : public SwitchedLoad {
 public:
  // Borrows clock and truth for its life.
  SimulatedSwitchedLoad(Clock& clock, PowerTruth& truth, Watts power)
      : clock_(clock), truth_(truth), power_(power) {}
  void on() override { set(power_); }
  void off() override { set(Watts{0}); }

 private:
  void set(Watts power) {
    const double now_s = static_cast<double>(clock_.now_ns()) * 1e-9;
    truth_.set_load(Seconds{now_s}, {.power = power, .swing = 0, .swing_period = Seconds{0}});
  }
  Clock& clock_;
  PowerTruth& truth_;
  Watts power_;
};

}  // namespace ergon
