#include "harness/run/settle.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "harness/run/edge_timing.h"
#include "harness/simulate/random.h"

namespace ergon {
namespace {

constexpr int kStretches = 6;
constexpr std::size_t kPointsMin = 4;  // of a line
constexpr Seconds kStretchMin{1e-3};
constexpr double kRiseMax = 0.015;  // over settle_min: 0.5 % a second over 3 s
constexpr double kErrorsMax = 2;    // a slope below as many standard errors is not seen

constexpr int kTime = -1, kCpuClock = -2;  // what is no channel

// One quantity that is watched, a number per stretch.
struct Watched {
  std::string name;
  int channel = kTime;  // of power, a clock or a temperature
  std::vector<double> values;
};

// Whether a line through the values rises by less than `slope_max` of their mean per second, or by
// no more than noise does.
bool is_flat(std::span<const double> times, std::span<const double> values, double slope_max) {
  const auto count = static_cast<double>(values.size());
  double time_mean = 0, mean = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) return true;  // a channel that fails tells nothing
    time_mean += times[i] / count;
    mean += values[i] / count;
  }
  double squares = 0, cross = 0, residuals = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    squares += (times[i] - time_mean) * (times[i] - time_mean);
    cross += (times[i] - time_mean) * (values[i] - mean);
  }
  const double slope = cross / squares;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double residual = values[i] - mean - slope * (times[i] - time_mean);
    residuals += residual * residual;
  }
  const double error = std::sqrt(residuals / (count - 2) / squares);
  return std::abs(slope) <= std::max(slope_max * std::abs(mean), kErrorsMax * error);
}

// What is seen of the load, stretch by stretch.
class SettleWatch {
 public:
  SettleWatch(const Sampler& sampler, bool knows_clock) : sampler_(sampler) {
    quantities_.push_back({"time", kTime, {}});
    if (knows_clock) quantities_.push_back({"clock", kCpuClock, {}});
    if (sampler.primary() >= 0) quantities_.push_back({"power", sampler.primary(), {}});
    const std::span<const Channel> channels = sampler.channels();
    for (std::size_t i = 0; i < channels.size(); ++i) {
      const Measure measure = channels[i].measure;
      if (measure != Measure::temperature && measure != Measure::frequency) continue;
      quantities_.push_back({channels[i].name, static_cast<int>(i), {}});
    }
  }

  // `cpu_clock`: over the stretch between the two edges.
  void add(const LoadedEdge& begin, const LoadedEdge& end, Hertz cpu_clock) {
    const double length_s = static_cast<double>(end.edge.time_ns - begin.edge.time_ns) * 1e-9;
    times_.push_back(static_cast<double>(end.edge.time_ns) * 1e-9 - length_s / 2);
    for (Watched& quantity : quantities_) {
      quantity.values.push_back(quantity.channel == kCpuClock
                                    ? cpu_clock.value
                                    : value_of(quantity, begin, end, length_s));
    }
  }

  // Names of the quantities that are not flat over the last `span`; all while that is not reached.
  [[nodiscard]] std::string restless(Seconds span, double slope_max) const {
    // A stretch may be a little shorter than it was asked to be.
    const double least_s = 0.99 * span.value;
    std::size_t first = times_.size() - 1;
    while (first > 0 && times_.back() - times_[first] < least_s) --first;
    const bool enough =
        times_.back() - times_[first] >= least_s && times_.size() - first >= kPointsMin;
    const auto from = static_cast<std::ptrdiff_t>(first);
    std::string names;
    for (const Watched& quantity : quantities_) {
      const std::span<const double> times(times_.begin() + from, times_.end());
      const std::span<const double> values(quantity.values.begin() + from, quantity.values.end());
      if (!enough || !is_flat(times, values, slope_max)) append(names, quantity.name);
    }
    return names;
  }

  [[nodiscard]] std::string watched() const {
    std::string names;
    for (const Watched& quantity : quantities_) append(names, quantity.name);
    return names;
  }

 private:
  static void append(std::string& names, const std::string& name) {
    names += (names.empty() ? "" : ",") + name;
  }

  [[nodiscard]] double value_of(const Watched& quantity, const LoadedEdge& begin,
                                const LoadedEdge& end, double length_s) const {
    if (quantity.channel == kTime) return length_s / (end.launches - begin.launches);
    const auto i = static_cast<std::size_t>(quantity.channel);
    if (quantity.channel == sampler_.primary()) {
      return (end.edge.energy[i] - begin.edge.energy[i]).value / length_s;
    }
    return static_cast<double>(end.edge.raw[i]) * sampler_.channels()[i].scale;
  }

  const Sampler& sampler_;
  std::vector<Watched> quantities_;
  std::vector<double> times_;  // of the middles of the stretches, s
};

}  // namespace

Settling settle(RunningLoad& running, const Rig& rig, const Protocol& protocol,
                std::int64_t deadline_ns) {
  const std::int64_t began_ns = rig.clock.now_ns();
  running.run_until(began_ns + nanoseconds(memory_of_primary(rig.sampler)));
  const std::int64_t end_ns =
      std::min(rig.clock.now_ns() + nanoseconds(protocol.settle_max), deadline_ns);
  Settling settling;
  if (rig.clock.now_ns() < end_ns) {
    const Seconds stretch =
        std::max({protocol.settle_min / kStretches, period_of_primary(rig.sampler), kStretchMin});
    const Seconds span_min = std::max(protocol.settle_min, kStretches * stretch);
    const double slope_max =
        kRiseMax / std::max(protocol.settle_min, kStretches * kStretchMin).value;
    SettleWatch watch(rig.sampler, rig.watch.knows_mean_frequency());
    settling.watched = watch.watched();
    Random random(static_cast<std::uint64_t>(began_ns));
    LoadedEdge begin, end;
    running.find_edge(rig.clock.now_ns(), end);
    do {
      std::swap(begin, end);
      static_cast<void>(rig.watch.take());
      const std::int64_t stretch_ns = until_between_updates(stretch, rig.sampler, random);
      running.find_edge(begin.edge.time_ns + stretch_ns, end);
      watch.add(begin, end, rig.watch.take().activity.frequency);
      const Seconds elapsed{static_cast<double>(end.edge.time_ns - began_ns) * 1e-9};
      settling.restless = watch.restless(std::max(span_min - stretch, elapsed / 2), slope_max);
    } while (!settling.restless.empty() && rig.clock.now_ns() < end_ns);
  }
  settling.time = Seconds{static_cast<double>(rig.clock.now_ns() - began_ns) * 1e-9};
  return settling;
}

}  // namespace ergon
