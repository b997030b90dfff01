#include "harness/meter/accumulator.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <string_view>

#include "harness/record/record.h"

namespace ergon {
namespace {

// Updates come late by some periods; of a counter whose period is not known by 10 ms: firmware
// that steps every ms with jitter, as RAPL's does, stays below.
constexpr double kLatePeriods = 3;
constexpr double kLateMinS = 0.01;

}  // namespace

double watts_max(const Channel& channel) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> domains) {
    return std::find(domains.begin(), domains.end(), channel.domain) != domains.end();
  };
  if (is_one_of({"node", "supply", "platform", "external", "simulation"})) return 10'000;
  if (is_one_of({"module", "board", "accelerator", "gpu", "cpu"})) return 3'000;
  return 1'000;
}

Accumulator::Accumulator(const Channel& channel)
    : measure_(channel.measure),
      scale_(channel.scale),
      wrap_(channel.wrap),
      watts_max_(watts_max(channel)),
      late_s_(std::max(kLatePeriods * channel.update_period.value, kLateMinS)) {}

std::uint32_t Accumulator::add(const Reading& reading, std::int64_t time_ns) noexcept {
  if (reading.error != 0) return reading.faults | kReadFailed;
  const std::int64_t when_ns = reading.time_ns != 0 ? reading.time_ns : time_ns;
  std::uint32_t faults = reading.faults;
  if (started_) {
    if (measure_ == Measure::energy) faults |= add_energy(reading.raw, when_ns);
    if (measure_ == Measure::power) add_power(reading.raw, when_ns);
  }
  if (!started_ || reading.raw != raw_last_) moved_ns_ = when_ns;
  started_ = true;
  raw_last_ = reading.raw;
  time_last_ns_ = when_ns;
  return faults;
}

std::uint32_t Accumulator::add_energy(std::uint64_t raw, std::int64_t time_ns) noexcept {
  std::uint64_t step = raw - raw_last_;
  if (wrap_ != 0) {
    if (raw < raw_last_) {
      step = raw + (wrap_ - raw_last_);
      if (!may_have_wrapped(step, time_ns)) return kBackwardCounter;
    }
    // Read twice per wrap or more, a counter steps by at most half its range; a longer step is one
    // backwards, on either side of zero.
    if (raw > wrap_ || raw_last_ > wrap_ || step > wrap_ / 2) return kBackwardCounter;
  } else if (raw < raw_last_) {
    return kBackwardCounter;
  }
  counts_ += step;
  return 0;
}

bool Accumulator::may_have_wrapped(std::uint64_t step, std::int64_t time_ns) const noexcept {
  const double seconds = static_cast<double>(time_ns - moved_ns_) * 1e-9 + late_s_;
  return static_cast<double>(step) * scale_ <= watts_max_ * seconds;
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
