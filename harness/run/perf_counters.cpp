#include "harness/run/perf_counters.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "harness/meter/rapl_model.h"
#include "harness/meter/sysfs.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr char kMsrPmu[] = "sys/bus/event_source/devices/msr";

class SystemEventKernel final : public EventKernel {
 public:
  int open(perf_event_attr& attributes) override {
    const long descriptor =
        ::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    return descriptor < 0 ? -errno : static_cast<int>(descriptor);
  }
  int read(int descriptor, EventCount& count) noexcept override {
    std::uint64_t words[3];
    const ssize_t length = ::read(descriptor, words, sizeof words);
    if (length < 0) return errno;
    if (length != sizeof words) return EIO;
    count = {words[0], words[1], words[2]};
    return 0;
  }
};

perf_event_attr make_attributes(std::uint32_t type, std::uint64_t config) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = type;
  attributes.config = config;
  attributes.inherit = 1;  // which rules out groups: each event has a descriptor of its own
  attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return attributes;
}

// The kernel's generic cache-misses are of the last level on Intel alone: on AMD's cores they are
// L2's (0x0964, arch/x86/events/amd/core.c), on Arm's L1's (drivers/perf/arm_pmuv3.c).
perf_event_attr cache_miss_attributes(CpuVendor vendor) {
  if (vendor == CpuVendor::intel) {
    return make_attributes(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES);
  }
  return make_attributes(PERF_TYPE_HW_CACHE, PERF_COUNT_HW_CACHE_LL |
                                                 PERF_COUNT_HW_CACHE_OP_READ << 8 |
                                                 PERF_COUNT_HW_CACHE_RESULT_MISS << 16);
}

std::string refusal(const fs::path& root, int error) {
  const std::string what = std::string("perf_event_open: ") + std::strerror(error);
  if (error == EACCES || error == EPERM) {
    const std::string paranoid =
        read_line(root / "proc/sys/kernel/perf_event_paranoid").value_or("not readable");
    return what + "; kernel.perf_event_paranoid is " + paranoid +
           "; sudo sysctl kernel.perf_event_paranoid=1, or, for ergon alone: sudo setcap "
           "cap_perfmon+ep $(command -v ergon); in a container also --cap-add PERFMON";
  }
  if (error == ENOENT || error == ENODEV || error == EOPNOTSUPP) {
    const bool virtual_machine = read_cpu_identity(root).virtual_machine;
    return what + (virtual_machine ? ": no PMU in this virtual machine; its host must pass one on"
                                   : ": this kernel has no driver for the PMU of this CPU");
  }
  if (error == ENOSYS) return what + ": this kernel is built without perf events";
  return what;
}

// "event=0x01" -> 1.
std::optional<std::uint64_t> msr_event(const fs::path& root, const char* name) {
  const std::string text = read_line(root / kMsrPmu / "events" / name).value_or("");
  constexpr std::string_view kPrefix = "event=0x";
  std::uint64_t config = 0;
  if (!text.starts_with(kPrefix)) return std::nullopt;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + kPrefix.size(), end, config, 16);
  return parsed.ec == std::errc() && parsed.ptr == end ? std::optional(config) : std::nullopt;
}

double ratio(double over, double under) { return under > 0 ? over / under : kNaN; }

// The count as if it had run all the time.
double scaled(const EventCount& step) {
  return static_cast<double>(step.count) *
         ratio(static_cast<double>(step.enabled_ns), static_cast<double>(step.running_ns));
}

}  // namespace

EventKernel& event_kernel() {
  static SystemEventKernel kernel;  // holds nothing
  return kernel;
}

PerfCounters::PerfCounters(EventKernel& kernel, const fs::path& root) : kernel_(kernel) {
  open_core_events(root);
  open_clock_events(root);
  static_cast<void>(take());
}

// 0, or errno.
int PerfCounters::open(Event event, perf_event_attr& attributes) {
  const int descriptor = kernel_.open(attributes);
  counters_[event].descriptor = FileDescriptor(descriptor);
  return descriptor < 0 ? -descriptor : 0;
}

void PerfCounters::open_core_events(const fs::path& root) {
  perf_event_attr wanted[] = {make_attributes(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES),
                              make_attributes(PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS),
                              cache_miss_attributes(read_cpu_identity(root).vendor)};
  constexpr const char* kNames[] = {"cycles", "instructions", "last-level-cache misses"};
  bool user_only = false;
  for (const Event event : {kCycles, kInstructions, kCacheMisses}) {
    int error = open(event, wanted[event]);
    if (error == EACCES || error == EPERM) {  // perf_event_paranoid 2 allows user mode alone
      wanted[event].exclude_kernel = 1;
      wanted[event].exclude_hv = 1;
      error = open(event, wanted[event]);
      user_only = user_only || error == 0;
    }
    if (error == 0) continue;
    if (event == kCycles) {
      counters_reason_ = refusal(root, error);
      return;
    }
    counters_reason_ += (counters_reason_.empty() ? "" : "; ") + std::string("no ") +
                        kNames[event] + ": " + std::strerror(error);
  }
  if (user_only) {
    counters_reason_ += std::string(counters_reason_.empty() ? "" : "; ") +
                        "counts are of user mode alone, and a frequency from cycles is too low by "
                        "the kernel's share of the time: sudo sysctl kernel.perf_event_paranoid=1 "
                        "adds the kernel's";
  }
}

void PerfCounters::open_clock_events(const fs::path& root) {
  const bool counts_cycles = counters_[kCycles].descriptor.number() >= 0;
  frequency_source_ = counts_cycles ? "cycles" : "";
  const auto type = read_number(root / kMsrPmu / "type");
  constexpr struct {
    Event event;
    const char* name;
  } kClocks[] = {{kAperf, "aperf"}, {kMperf, "mperf"}, {kTsc, "tsc"}};
  for (const auto& [event, name] : kClocks) {
    const auto config = msr_event(root, name);
    if (!type || !config) {
      frequency_reason_ = std::string("the kernel's msr PMU does not count ") + name;
      break;
    }
    perf_event_attr attributes = make_attributes(static_cast<std::uint32_t>(*type), *config);
    if (const int error = open(event, attributes); error != 0) {
      frequency_reason_ = refusal(root, error) + " (msr/" + name + ")";
      break;
    }
  }
  if (frequency_reason_.empty()) {
    frequency_source_ = "aperf/mperf";
  } else if (!counts_cycles) {
    frequency_reason_ += "; cycles: " + counters_reason_;
  }
}

// Zeros where the event is not counted, or a read failed: what lies before that is nobody's.
EventCount PerfCounters::step(Event event) noexcept {
  Counter& counter = counters_[event];
  if (counter.descriptor.number() < 0) return {};
  EventCount now, step;
  const bool read = kernel_.read(counter.descriptor.number(), now) == 0;
  if (read && counter.started) {
    step = {now.count - counter.last.count, now.enabled_ns - counter.last.enabled_ns,
            now.running_ns - counter.last.running_ns};
  }
  counter.started = read;
  counter.last = now;
  return step;
}

ThreadCounts PerfCounters::take() noexcept {
  std::array<EventCount, kEvents> steps;
  for (int event = 0; event < kEvents; ++event) {
    steps[static_cast<std::size_t>(event)] = step(static_cast<Event>(event));
  }
  ThreadCounts counts{.cycles = scaled(steps[kCycles]),
                      .instructions = scaled(steps[kInstructions]),
                      .cache_misses = scaled(steps[kCacheMisses]),
                      .counted_share = kNaN,
                      .frequency = {kNaN}};
  for (const Event event : {kCycles, kInstructions, kCacheMisses}) {
    const double share = ratio(static_cast<double>(steps[event].running_ns),
                               static_cast<double>(steps[event].enabled_ns));
    counts.counted_share = std::fmin(counts.counted_share, share);
  }
  if (frequency_source_ == "aperf/mperf") {
    // MPERF counts at the frequency of the TSC whenever APERF counts.
    const double tsc_hz = ratio(static_cast<double>(steps[kTsc].count),
                                static_cast<double>(steps[kTsc].running_ns) * 1e-9);
    counts.frequency.value = ratio(scaled(steps[kAperf]), scaled(steps[kMperf])) * tsc_hz;
  } else if (frequency_source_ == "cycles") {
    counts.frequency.value = ratio(static_cast<double>(steps[kCycles].count),
                                   static_cast<double>(steps[kCycles].running_ns) * 1e-9);
  }
  return counts;
}

}  // namespace ergon
