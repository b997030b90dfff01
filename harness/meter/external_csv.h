#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "harness/meter/external_trace.h"

namespace ergon {

// A trace as text. One header line, then one line per sample, commas between; lines that begin with
// '#' and empty lines are passed over. Time is one column of: time_s, time_ms, time_us, time_ns
// (numbers), or time (ISO 8601 with a zone, "2024-05-01T12:00:00.25Z", or seconds). Value is one
// of: power_W, power_mW, power_kW, energy_J, energy_mJ, energy_uJ, energy_kJ, energy_Wh,
// energy_kWh. Other columns are passed over. Times of 1e9 s (September 2001) and more count from
// the Unix epoch, smaller ones from an unknown moment.
//
// A trace as HDF5 is two 1-D datasets of one length in the root group, named like those columns.
[[nodiscard]] Trace parse_trace_csv(std::string_view text, std::string_view name,
                                    std::string_view column = {});

// Where a trace's two columns stand, and their units.
struct TraceFormat {
  std::size_t columns = 0, time_column = 0, value_column = 0;
  double time_scale_ns = 0;  // 0: ISO 8601, or seconds
  double value_scale = 1;    // to W or J
  Measure measure = Measure::power;
};
struct TraceSample {
  std::int64_t time_ns = 0;
  double value = 0;  // W or J
  TimeBase base = TimeBase::relative;
};

// The format that the names of the columns tell. `place` stands before the Error thrown where they
// do not make a trace.
[[nodiscard]] TraceFormat trace_format(std::span<const std::string> names, std::string_view place,
                                       std::string_view column);
[[nodiscard]] std::vector<std::string> split_trace_header(std::string_view line);

// Reads one line into `sample`; what is wrong with the line, or null. Allocates nothing.
[[nodiscard]] const char* parse_trace_line(std::string_view line, const TraceFormat& format,
                                           TraceSample& sample) noexcept;
// A number of a time column as a sample's time; what is wrong with it, or null.
[[nodiscard]] const char* set_trace_time(double number, double scale_ns,
                                         TraceSample& sample) noexcept;
// Puts a sample at the end of the trace; what is wrong with it there, or null.
[[nodiscard]] const char* append_sample(Trace& trace, const TraceSample& sample);

}  // namespace ergon
