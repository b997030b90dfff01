#pragma once

#include <cstdint>

#include "harness/meter/meter.h"

namespace ergon {

// More power than any domain of this kind draws, in W. What a counter that starts again at zero
// would have counted on the way to its wrap is held against it, and how often one must be read
// follows from it: 10 kW for a node or its supply, 3 kW for a module or GPU, 1 kW for a package and
// what is within it.
[[nodiscard]] double watts_max(const Channel& channel);

// One channel's energy since its first reading: counters unwrapped, power integrated by
// trapezoids. Right as long as a counter is read at least twice per wrap.
//
// A counter that comes back smaller either wrapped, or was reset: a driver reload, a controller
// restart, a resumed machine. Taken for a wrap, a reset would add what the counter had left. It is
// a wrap only where the step can have been drawn, at watts_max(), since the counter moved last;
// else the step is a fault. So a reset passes for a wrap only within that energy of the end of the
// range: at 1 s between readings, 0.4 % of the phases of a counter of 262 kJ.
class Accumulator {
 public:
  explicit Accumulator(const Channel& channel);

  // Takes the next reading, made at `time_ns`; the WindowFault bits that it shows. After a fault
  // the sum goes on from this reading: what lies between the two is not counted.
  std::uint32_t add(const Reading& reading, std::int64_t time_ns) noexcept;

  // NaN for a channel that is neither energy nor power.
  [[nodiscard]] Joules energy() const noexcept;

 private:
  std::uint32_t add_energy(std::uint64_t raw, std::int64_t time_ns) noexcept;
  [[nodiscard]] bool may_have_wrapped(std::uint64_t step, std::int64_t time_ns) const noexcept;
  void add_power(std::uint64_t raw, std::int64_t time_ns) noexcept;

  Measure measure_;
  double scale_;
  std::uint64_t wrap_;
  bool started_ = false;
  std::uint64_t raw_last_ = 0;
  std::int64_t time_last_ns_ = 0;
  std::int64_t moved_ns_ = 0;  // when an energy counter was last seen to have moved
  double watts_max_;
  double late_s_;             // a counter may show what it counted this long after
  std::uint64_t counts_ = 0;  // of an energy counter; exact, unlike a sum of doubles
  double power_sum_ = 0;      // of a power channel, in counts x s
};

}  // namespace ergon
