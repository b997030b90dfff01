#include "harness/meter/tracer.h"

#include <algorithm>
#include <cmath>

#include "harness/record/record.h"

namespace ergon {
namespace {

constexpr double kStretchMinS = 0.1;
constexpr double kStretchPeriods = 10;

double seconds_since(std::int64_t begin_ns, std::int64_t now_ns) {
  return static_cast<double>(now_ns - begin_ns) * 1e-9;
}

}  // namespace

Tracer::Tracer(const Channel& channel)
    : measure_(channel.measure),
      scale_(channel.scale),
      stretch_min_s_(std::max(kStretchMinS, kStretchPeriods * channel.update_period.value)) {}

void Tracer::add(const Reading& reading, std::int64_t time_ns, Joules energy,
                 std::uint32_t faults) noexcept {
  if (reading.error != 0) {
    started_ = false;
    return;
  }
  if ((faults & kBackwardCounter) != 0) started_ = false;
  const std::int64_t when_ns = reading.time_ns != 0 ? reading.time_ns : time_ns;
  switch (measure_) {
    case Measure::energy:
      add_energy(when_ns, energy.value);
      break;
    case Measure::flags:
      flags_ = reading.raw;
      seen_.flags |= reading.raw;
      break;
    case Measure::power:
    case Measure::temperature:
    case Measure::frequency:
    case Measure::duration:
      add_value(when_ns, static_cast<double>(reading.raw) * scale_);
      break;
  }
}

void Tracer::add_energy(std::int64_t time_ns, double joules) noexcept {
  if (!started_) begin_ = {time_ns, joules};
  started_ = true;
  last_ = {time_ns, joules};
  const double seconds = seconds_since(begin_.time_ns, time_ns);
  if (seconds < stretch_min_s_) return;
  widen((joules - begin_.value) / seconds, seconds);
  begin_ = last_;
}

void Tracer::add_value(std::int64_t time_ns, double value) noexcept {
  const double seconds = started_ ? seconds_since(last_.time_ns, time_ns) : 0;
  weighted_ += (value + last_.value) / 2 * seconds;
  seconds_ += seconds;
  if (std::isnan(seen_.begin)) seen_.begin = value;
  seen_.end = value;
  widen(value, seconds);
  started_ = true;
  last_ = {time_ns, value};
}

void Tracer::widen(double value, double gap_s) noexcept {
  seen_.min = std::fmin(seen_.min, value);
  seen_.max = std::fmax(seen_.max, value);
  seen_.gap.value = std::fmax(seen_.gap.value, gap_s);
}

ChannelTrace Tracer::take() noexcept {
  ChannelTrace taken = seen_;
  const bool values = measure_ != Measure::energy && measure_ != Measure::flags;
  if (values) taken.mean = seconds_ > 0 ? weighted_ / seconds_ : taken.end;
  seen_ = {};
  seen_.flags = flags_;
  weighted_ = 0;
  seconds_ = 0;
  begin_ = last_;
  if (values && started_) {
    seen_.begin = seen_.end = last_.value;
    widen(last_.value, 0);
  }
  return taken;
}

}  // namespace ergon
