#pragma once

#include <cstdint>

#include "harness/meter/meter.h"

namespace ergon {

// One channel's energy since its first reading: counters unwrapped, power integrated by
// trapezoids. Right as long as a counter is read at least twice per wrap.
class Accumulator {
 public:
  explicit Accumulator(const Channel& channel);

  // Takes the next reading, made at `time_ns`; the WindowFault bits that it shows. After a fault
  // the sum goes on from this reading: what lies between the two is not counted.
  std::uint32_t add(const Reading& reading, std::int64_t time_ns) noexcept;

  // NaN for a channel that is neither energy nor power.
  [[nodiscard]] Joules energy() const noexcept;

 private:
  std::uint32_t add_energy(std::uint64_t raw) noexcept;
  void add_power(std::uint64_t raw, std::int64_t time_ns) noexcept;

  Measure measure_;
  double scale_;
  std::uint64_t wrap_;
  bool started_ = false;
  std::uint64_t raw_last_ = 0;
  std::int64_t time_last_ns_ = 0;
  std::uint64_t counts_ = 0;  // of an energy counter; exact, unlike a sum of doubles
  double power_sum_ = 0;      // of a power channel, in counts x s
};

}  // namespace ergon
