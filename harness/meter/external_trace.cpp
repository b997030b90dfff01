#include "harness/meter/external_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>

#include "harness/meter/external_csv.h"
#include "harness/meter/external_hdf5.h"
#include "kernels/error.h"

namespace ergon {
namespace {

constexpr int kGapIntervals = 10;

std::int64_t median_interval(const std::vector<std::int64_t>& times) {
  std::vector<std::int64_t> intervals(times.size() - 1);
  for (std::size_t i = 0; i < intervals.size(); ++i) intervals[i] = times[i + 1] - times[i];
  const auto middle = intervals.begin() + static_cast<std::ptrdiff_t>(intervals.size() / 2);
  std::ranges::nth_element(intervals, middle);
  return *middle;
}

// Energy from sample i to `time_ns`, which lies within the interval that begins there.
double energy_within(const Trace& trace, std::size_t i, std::int64_t time_ns) {
  const double whole = static_cast<double>(trace.time_ns[i + 1] - trace.time_ns[i]);
  const double part = static_cast<double>(time_ns - trace.time_ns[i]);
  const double rise = (trace.value[i + 1] - trace.value[i]) * part / whole;
  if (trace.measure == Measure::energy) return rise;
  return (trace.value[i] + rise / 2) * part * 1e-9;
}

}  // namespace

Trace read_trace(const std::filesystem::path& file, std::string_view column) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    throw Error(fmt::format("{}: cannot be read; give the file that the external meter wrote",
                            file.string()));
  }
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (text.starts_with("\x89HDF\r\n\x1a\n")) return read_trace_hdf5(file, column);
  return parse_trace_csv(text, file.string(), column);
}

TraceEnergy::TraceEnergy(const Trace& trace) : trace_(trace), sum_(trace.time_ns.size(), 0.0) {
  ERGON_ASSERT(trace.time_ns.size() >= 2 && trace.value.size() == trace.time_ns.size());
  interval_ns_ = median_interval(trace.time_ns);
  for (std::size_t i = 0; i + 1 < sum_.size(); ++i) {
    sum_[i + 1] = sum_[i] + energy_within(trace, i, trace.time_ns[i + 1]);
    const bool gap = trace.time_ns[i + 1] - trace.time_ns[i] > kGapIntervals * interval_ns_;
    if (gap) gaps_.push_back(static_cast<std::int64_t>(i));
  }
}

double TraceEnergy::until(std::int64_t time_ns) const {
  const auto after = std::ranges::upper_bound(trace_.time_ns, time_ns);
  const auto next = std::min(after, trace_.time_ns.end() - 1);
  const auto i = static_cast<std::size_t>(next - trace_.time_ns.begin()) - 1;
  return sum_[i] + energy_within(trace_, i, time_ns);
}

Joules TraceEnergy::between(std::int64_t begin_ns, std::int64_t end_ns) const {
  constexpr Joules kUnknown{std::numeric_limits<double>::quiet_NaN()};
  const auto& times = trace_.time_ns;
  if (begin_ns > end_ns || begin_ns < times.front() || end_ns > times.back()) return kUnknown;
  for (const std::int64_t gap : gaps_) {
    const auto i = static_cast<std::size_t>(gap);
    if (times[i] < end_ns && begin_ns < times[i + 1]) return kUnknown;
  }
  return Joules{until(end_ns) - until(begin_ns)};
}

Joules energy_between(const Trace& trace, std::int64_t begin_ns, std::int64_t end_ns) {
  return TraceEnergy(trace).between(begin_ns, end_ns);
}

}  // namespace ergon
