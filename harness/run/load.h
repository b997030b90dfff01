#pragma once

#include <cstdint>

#include "harness/units.h"

namespace ergon {

// What is measured: a bound kernel, or a simulated one that only advances virtual time.
class Load {
 public:
  virtual ~Load() = default;
  // Launches `count` times back to back and returns when the last is done. After run_ahead(), more
  // may be queued behind them.
  virtual void launch(std::int64_t count) = 0;
  // Nothing is launched from now until the next launch.
  virtual void stop() {}

  // The least that a stretch of launches must last for a clock of the host to tell its time:
  // 400 times the 24 ns that two readings take.
  [[nodiscard]] virtual Seconds sample_min() const { return Seconds{10e-6}; }
  // Makes launch(count) cost the host little, where that can be had; false where it cannot, or
  // costs little as it is. May change `count`.
  virtual bool prepare(std::int64_t& /*count*/) { return false; }
  // From now on the device always has work queued, until stop() and again from the next launch;
  // launch() is given multiples of what this returns. 0: the load does not run ahead, and any
  // count will do.
  virtual std::int64_t run_ahead(Seconds /*per_launch*/, Seconds /*sensor_period*/) { return 0; }
};

}  // namespace ergon
