#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "harness/file_descriptor.h"
#include "harness/units.h"

struct perf_event_attr;

namespace ergon {

// An event of the kernel's perf_event, as read(2) gives it: counted while `running_ns` of the
// threads' `enabled_ns`, since a PMU of few registers counts its events in turn.
struct EventCount {
  std::uint64_t count = 0, enabled_ns = 0, running_ns = 0;
};

// perf_event as PerfCounters uses it, so that tests stand in for it.
class EventKernel {
 public:
  virtual ~EventKernel() = default;
  // Counts the calling thread, and every thread that it starts later. A descriptor, which the
  // caller closes; or -errno.
  [[nodiscard]] virtual int open(perf_event_attr& attributes) = 0;
  // errno, or 0.
  [[nodiscard]] virtual int read(int descriptor, EventCount& count) noexcept = 0;
};
[[nodiscard]] EventKernel& event_kernel();

// What the threads of launches did between two calls. NaN where it is not counted.
struct ThreadCounts {
  double cycles, instructions, cache_misses;
  double counted_share;  // of the threads' time: what the PMU was theirs for
  Hertz frequency;       // mean while they ran
};

// Cycles, instructions, last-level-cache misses and the frequency of the CPU, of the thread that
// makes this and of every thread started from it later: made before the first team of threads, it
// counts them all with one descriptor an event. Costs nothing but when asked.
//
// The frequency is APERF / MPERF x TSC frequency, from the kernel's msr PMU; without it, cycles
// over the time that they were counted in.
class PerfCounters {
 public:
  // `root`: where /sys and /proc are.
  PerfCounters(EventKernel& kernel, const std::filesystem::path& root);

  // Since the call before, or since the start.
  [[nodiscard]] ThreadCounts take() noexcept;

  // Why some of the counts are NaN or of user mode alone, with the line that mends it; or empty.
  [[nodiscard]] const std::string& counters_reason() const { return counters_reason_; }
  // "aperf/mperf", "cycles", or empty: no frequency.
  [[nodiscard]] const std::string& frequency_source() const { return frequency_source_; }
  // Why it is not aperf/mperf; or empty.
  [[nodiscard]] const std::string& frequency_reason() const { return frequency_reason_; }

 private:
  enum Event { kCycles, kInstructions, kCacheMisses, kAperf, kMperf, kTsc, kEvents };
  struct Counter {
    FileDescriptor descriptor;
    EventCount last;
    bool started = false;  // last is of a read that did not fail
  };

  [[nodiscard]] int open(Event event, perf_event_attr& attributes);
  void open_core_events(const std::filesystem::path& root);
  void open_clock_events(const std::filesystem::path& root);
  [[nodiscard]] EventCount step(Event event) noexcept;

  EventKernel& kernel_;
  std::array<Counter, kEvents> counters_;
  std::string counters_reason_, frequency_source_, frequency_reason_;
};

}  // namespace ergon
