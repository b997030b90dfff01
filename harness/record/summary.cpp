#include "harness/record/summary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace ergon {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? kNan : sum / static_cast<double>(values.size());
}

double deviation(const std::vector<double>& values) {
  if (values.size() < 2) return kNan;
  const double middle = mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - middle) * (value - middle);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

}  // namespace

LaunchEnergy launch_energy(const IdleBaseline& baseline, const Record& record, int channel) {
  std::vector<double> gross, net, u_idle;  // J per launch, a window each
  double joules = 0, seconds = 0;
  for (const Window& window : record.windows) {
    if (window.invalid != 0 || !(window.launches > 0)) continue;
    for (const ChannelEnergy& energy : window.energy) {
      if (energy.channel != channel || !std::isfinite(energy.gross.value)) continue;
      const NetEnergy found = baseline.net(record.run, window, energy);
      gross.push_back(energy.gross.value / window.launches);
      net.push_back(found.net.value / window.launches);
      u_idle.push_back(found.u_idle.value / window.launches);
      joules += energy.gross.value;
      seconds += static_cast<double>(window.end_ns - window.begin_ns) * 1e-9;
    }
  }
  const double root = std::sqrt(static_cast<double>(gross.size()));
  return {.windows = static_cast<int>(gross.size()),
          .gross = Joules{mean(gross)},
          .net = Joules{mean(net)},
          .u_gross = Joules{deviation(gross) / root},
          .u_net = Joules{deviation(net) / root},
          .u_idle = Joules{mean(u_idle)},
          .deviation = Joules{deviation(gross)},
          .power = Watts{seconds > 0 ? joules / seconds : kNan}};
}

LaunchIntervals record_intervals(const IdleBaseline& baseline, const Record& record,
                                 const RunInfo& run, int channel) {
  if (record.windows.empty() || channel < 0) {
    return {{kNan, kNan, 0}, {kNan, kNan, 0}, 0};
  }
  const auto idle =
      baseline.around(record.run, record.windows.front().begin_ns, record.windows.back().end_ns);
  LaunchIntervals found = launch_intervals(record.windows, channel, run.channels[channel], idle);
  // Idle power that changed within the block is no baseline.
  if (!baseline.net_reason(record, channel).empty()) found.net = {kNan, kNan, 0};
  return found;
}

Seconds time_quantile(const Record& record, double quantile) {
  if (record.times.empty()) return {kNan};
  std::vector<Seconds> times = record.times;
  const double place = quantile * static_cast<double>(times.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(place);
  std::ranges::nth_element(times, times.begin() + below);
  const Seconds low = times[below];
  if (below + 1 == std::ssize(times)) return low;
  const Seconds high = *std::min_element(times.begin() + below + 1, times.end());
  return low + (place - static_cast<double>(below)) * (high - low);
}

}  // namespace ergon
