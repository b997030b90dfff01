#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "harness/meter/meter.h"

struct perf_event_attr;

namespace ergon {

// The kernel's side of the power PMU, which a made tree of files cannot hold.
class PerfKernel {
 public:
  virtual ~PerfKernel() = default;
  // A descriptor that the caller closes; below zero: an errno's negative. Counts every process of
  // the CPU.
  [[nodiscard]] virtual int open(perf_event_attr& attributes, int cpu) = 0;
  // The errno of the read, or 0. Does not allocate.
  [[nodiscard]] virtual int read(int descriptor, std::uint64_t& count) noexcept = 0;
};

[[nodiscard]] PerfKernel& perf_kernel();

// As MeterType::open; `kernel` outlives the meter.
[[nodiscard]] std::unique_ptr<Meter> open_perf(const MeterSite& site, PerfKernel& kernel,
                                               std::string& why_not);

}  // namespace ergon
