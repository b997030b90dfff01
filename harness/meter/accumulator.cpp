#include "harness/meter/accumulator.h"

#include <limits>

#include "harness/record/record.h"

namespace ergon {

Accumulator::Accumulator(const Channel& channel)
    : measure_(channel.measure), scale_(channel.scale), wrap_(channel.wrap) {}

std::uint32_t Accumulator::add(const Reading& reading, std::int64_t time_ns) noexcept {
  if (reading.error != 0) return reading.faults | kReadFailed;
  const std::int64_t when_ns = reading.time_ns != 0 ? reading.time_ns : time_ns;
  std::uint32_t faults = reading.faults;
  if (started_) {
    if (measure_ == Measure::energy) faults |= add_energy(reading.raw);
    if (measure_ == Measure::power) add_power(reading.raw, when_ns);
  }
  started_ = true;
  raw_last_ = reading.raw;
  time_last_ns_ = when_ns;
  return faults;
}

std::uint32_t Accumulator::add_energy(std::uint64_t raw) noexcept {
  std::uint64_t step = raw - raw_last_;
  if (wrap_ != 0) {
    if (raw < raw_last_) step = raw + (wrap_ - raw_last_);
    // Read twice per wrap or more, a counter steps by at most half its range; a longer step is one
    // backwards, on either side of zero.
    if (raw > wrap_ || raw_last_ > wrap_ || step > wrap_ / 2) return kBackwardCounter;
  } else if (raw < raw_last_) {
    return kBackwardCounter;
  }
  counts_ += step;
  return 0;
}

void Accumulator::add_power(std::uint64_t raw, std::int64_t time_ns) noexcept {
  const double seconds = static_cast<double>(time_ns - time_last_ns_) * 1e-9;
  power_sum_ += (static_cast<double>(raw_last_) + static_cast<double>(raw)) / 2 * seconds;
}

Joules Accumulator::energy() const noexcept {
  if (measure_ == Measure::energy) return Joules{static_cast<double>(counts_) * scale_};
  if (measure_ == Measure::power) return Joules{power_sum_ * scale_};
  return Joules{std::numeric_limits<double>::quiet_NaN()};
}

}  // namespace ergon
