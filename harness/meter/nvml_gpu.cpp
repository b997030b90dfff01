#include "harness/meter/nvml_gpu.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

#include "harness/record/record.h"
#include "kernels/error.h"

namespace ergon::nvml {
namespace {

constexpr std::int64_t kSlowPeriodNs = 100'000'000;
constexpr std::int64_t kProcessPeriodNs = 1'000'000'000;
constexpr std::size_t kProcessesMax = 64;

// The value as a count; an error where it is negative, not finite, or of a type unknown.
Reading count_of(const FieldValue& field) noexcept {
  const auto whole = [](double value) {
    const bool in_range = value >= 0 && value < 18446744073709549568.0;  // also false for NaN
    return in_range ? Reading{.raw = static_cast<std::uint64_t>(value)} : Reading{.error = ERANGE};
  };
  const auto positive = [](long long value) {
    return value >= 0 ? Reading{.raw = static_cast<std::uint64_t>(value)}
                      : Reading{.error = ERANGE};
  };
  if (field.status != kSuccess) return {.error = error_number(field.status)};
  switch (field.value_type) {
    case kDouble:
      return whole(field.value.as_double);
    case kUnsignedInt:
      return {.raw = field.value.as_uint};
    case kUnsignedLong:
      return {.raw = field.value.as_ulong};
    case kUnsignedLongLong:
      return {.raw = field.value.as_ulonglong};
    case kSignedLongLong:
      return positive(field.value.as_slonglong);
    case kSignedInt:
      return positive(field.value.as_sint);
    case kUnsignedShort:
      return {.raw = field.value.as_ushort};
    default:
      return {.error = EPROTO};
  }
}

// A running GPU has drawn energy, draws power, is not at 0 degrees and has a clock: a zero there is
// a driver that does not know.
bool is_zero_wrong(Measure measure) {
  return measure != Measure::duration && measure != Measure::flags;
}

Reading reading_of(Return status, std::uint64_t raw) noexcept {
  if (status != kSuccess) return {.error = error_number(status)};
  return {.raw = raw};
}

}  // namespace

void NvmlGpu::read(std::span<Reading> readings) noexcept {
  ERGON_ASSERT(readings.size() == channels_.size());
  const std::int64_t now_ns = options_.clock->now_ns();
  read_fields();
  const bool slow = !slow_read_ || now_ns - slow_ns_ >= kSlowPeriodNs;
  if (slow) read_slow(now_ns);
  std::uint32_t faults = 0;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    readings[i] = read_slot(slots_[i]);
    const bool zero = readings[i].error == 0 && readings[i].raw == 0;
    if (zero && is_zero_wrong(channels_[i].measure)) readings[i].error = ENODATA;
    const bool fresh = slots_[i].way != Way::event_reasons || slow;
    if (fresh && readings[i].error == 0) faults |= throttled(slots_[i], readings[i]);
  }
  if (!processes_read_ || now_ns - processes_ns_ >= kProcessPeriodNs) {
    if (foreign_process()) faults |= kForeignProcess;
    processes_read_ = true;
    processes_ns_ = now_ns;
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Measure measure = channels_[i].measure;
    if (measure == Measure::energy || measure == Measure::power) readings[i].faults = faults;
  }
}

void NvmlGpu::read_fields() noexcept {
  if (fields_.empty()) return;
  for (FieldValue& field : fields_) {
    // A driver may pass over an element: what it did not write must not look like success.
    field.status = kUnknown;
    field.value.as_ulonglong = 0;
  }
  fields_status_ =
      call((*library_)->field_values, device_, static_cast<int>(fields_.size()), fields_.data());
}

void NvmlGpu::read_slow(std::int64_t now_ns) noexcept {
  for (Slot& slot : slots_) {
    if (slot.way == Way::clock || slot.way == Way::temperature || slot.way == Way::event_reasons ||
        slot.way == Way::violation) {
      slot.last = read_function(slot);
      slot.last.time_ns = now_ns;
    }
  }
  slow_read_ = true;
  slow_ns_ = now_ns;
}

Reading NvmlGpu::read_function(const Slot& slot) const noexcept {
  const Functions& nvml = *(*library_).operator->();
  unsigned number = 0;
  unsigned long long wide = 0;
  switch (slot.way) {
    case Way::field:
      break;
    case Way::total_energy: {
      const Return status = call(nvml.total_energy, device_, &wide);
      return reading_of(status, wide);
    }
    case Way::power_usage: {
      const Return status = call(nvml.power_usage, device_, &number);
      return reading_of(status, number);
    }
    case Way::clock: {
      const Return status = call(nvml.clock, device_, slot.what, &number);
      return reading_of(status, number);
    }
    case Way::event_reasons: {
      const Return status = call(nvml.event_reasons, device_, &wide);
      return reading_of(status, wide);
    }
    case Way::violation: {
      ViolationTime time = {};
      const Return status = call(nvml.violation, device_, static_cast<int>(slot.what), &time);
      return reading_of(status, time.violation_ns);
    }
    case Way::temperature: {
      Temperature temperature{.version = kTemperatureVersion, .sensor = 0, .celsius = 0};
      if (call(nvml.temperature_v, device_, &temperature) == kSuccess) {
        if (temperature.celsius < 0) return {.error = ERANGE};
        return {.raw = static_cast<std::uint64_t>(temperature.celsius)};
      }
      const Return status = call(nvml.temperature, device_, 0, &number);
      return reading_of(status, number);
    }
  }
  ERGON_ASSERT(!"a field has no function of its own");
}

Reading NvmlGpu::read_slot(Slot& slot) noexcept {
  if (slot.way == Way::field) {
    if (fields_status_ != kSuccess) return {.error = error_number(fields_status_)};
    return count_of(fields_[slot.what]);
  }
  const bool quick = slot.way == Way::total_energy || slot.way == Way::power_usage;
  return quick ? read_function(slot) : slot.last;
}

// A duration that grew tells of every moment since the reading before, event reasons only of now.
std::uint32_t NvmlGpu::throttled(Slot& slot, const Reading& now) const noexcept {
  const std::uint64_t spoiling = ~options_.reasons_allowed;
  if (slot.way == Way::event_reasons) return (now.raw & spoiling) != 0 ? kThrottled : 0u;
  if (slot.reasons == 0) return 0;
  const bool grew = slot.seen && now.raw > slot.before;
  slot.seen = true;
  slot.before = now.raw;
  return grew && (slot.reasons & spoiling) != 0 ? kThrottled : 0u;
}

bool NvmlGpu::foreign_process() const noexcept {
  std::array<ProcessInfo, kProcessesMax> processes;
  unsigned count = kProcessesMax;
  const Return status = call((*library_)->compute_processes, device_, &count, processes.data());
  if (status == kInsufficientSize) return true;  // more than fit cannot all be this one
  if (status != kSuccess) return false;
  const auto own = static_cast<std::uint32_t>(::getpid());
  const auto listed = std::span(processes).first(std::min<std::size_t>(count, kProcessesMax));
  const auto others = std::ranges::count_if(
      listed, [own](const ProcessInfo& process) { return process.pid != own; });
  // In a namespace of process ids NVML knows this process by another one: one stranger is us.
  const bool unlisted = others == static_cast<std::ptrdiff_t>(listed.size());
  return others > (options_.pid_namespace && unlisted ? 1 : 0);
}

}  // namespace ergon::nvml
