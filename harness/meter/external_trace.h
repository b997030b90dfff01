#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/meter/channel.h"
#include "harness/units.h"

namespace ergon {

// What time 0 of a trace is: the Unix epoch (UTC), or a moment that the trace does not tell.
enum class TimeBase : std::uint8_t { epoch, relative };

// What an external meter (wall plug, PDU, power analyser) wrote down.
struct Trace {
  std::string name;                  // file it came from
  Measure measure = Measure::power;  // power or energy
  TimeBase base = TimeBase::relative;
  std::vector<std::int64_t> time_ns;  // strictly increasing, at least 2
  std::vector<double> value;          // W, not negative; or J, never decreasing
};

// Reads a trace: HDF5 where the file is HDF5, else CSV (external_csv.h says how both look).
// `column` names the value column where the file has several; empty: the only one. Throws Error
// with file:line where anything is not as it should be.
[[nodiscard]] Trace read_trace(const std::filesystem::path& file, std::string_view column = {});

// The integral of a trace, for many questions. Between samples power is taken to be linear, and so
// is energy. Borrows the trace for its life.
class TraceEnergy {
 public:
  explicit TraceEnergy(const Trace& trace);

  // Energy over [begin_ns, end_ns] of the trace's own time. NaN where the trace does not cover it,
  // or has a gap there of more than ten times its median interval: joules are not made up.
  [[nodiscard]] Joules between(std::int64_t begin_ns, std::int64_t end_ns) const;

  // Median distance of two samples.
  [[nodiscard]] Seconds interval() const { return Seconds{1e-9 * double(interval_ns_)}; }

 private:
  [[nodiscard]] double until(std::int64_t time_ns) const;

  const Trace& trace_;
  std::vector<double> sum_;         // J from the first sample to each
  std::vector<std::int64_t> gaps_;  // begins of intervals that are too long to bridge
  std::int64_t interval_ns_ = 0;
};

[[nodiscard]] Joules energy_between(const Trace& trace, std::int64_t begin_ns, std::int64_t end_ns);

}  // namespace ergon
