#include "harness/meter/calibration_windows.h"

#include <cmath>

#include "kernels/error.h"

namespace ergon {
namespace {

class Collector {
 public:
  Collector(const RunInfo& run, int channel, const Trace& trace, std::int64_t trace_to_utc_ns,
            Seconds length_min)
      : energy_(trace),
        to_trace_ns_(run.anchor_utc_ns - run.anchor_steady_ns - trace_to_utc_ns),
        channel_(channel),
        length_min_(length_min) {}

  void add(std::int64_t begin_ns, std::int64_t end_ns, std::uint32_t invalid,
           const std::vector<ChannelEnergy>& energies) {
    const Seconds time{static_cast<double>(end_ns - begin_ns) * 1e-9};
    if (invalid != 0 || time < length_min_) return;
    const Joules external = energy_.between(begin_ns + to_trace_ns_, end_ns + to_trace_ns_);
    for (const ChannelEnergy& energy : energies) {
      const bool known = std::isfinite(energy.gross.value) && std::isfinite(external.value);
      if (energy.channel == channel_ && known) {
        windows_.push_back({.external = external, .channel = energy.gross, .time = time});
      }
    }
  }
  [[nodiscard]] std::vector<CalibrationWindow> take() { return std::move(windows_); }

 private:
  TraceEnergy energy_;
  std::int64_t to_trace_ns_;
  int channel_;
  Seconds length_min_;
  std::vector<CalibrationWindow> windows_;
};

}  // namespace

std::vector<CalibrationWindow> calibration_windows(const Results& results, int run, int channel,
                                                   const Trace& trace, std::int64_t trace_to_utc_ns,
                                                   Seconds length_min) {
  ERGON_ASSERT(run >= 0 && run < static_cast<int>(results.runs.size()));
  Collector collector(results.runs[static_cast<std::size_t>(run)], channel, trace, trace_to_utc_ns,
                      length_min);
  for (const Record& record : results.records) {
    if (record.run != run) continue;
    for (const Window& window : record.windows) {
      collector.add(window.begin_ns, window.end_ns, window.invalid, window.energy);
    }
  }
  for (const IdleStretch& idle : results.idle) {
    if (idle.run == run) collector.add(idle.begin_ns, idle.end_ns, idle.invalid, idle.energy);
  }
  return collector.take();
}

}  // namespace ergon
