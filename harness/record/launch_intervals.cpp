#include "harness/record/launch_intervals.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "harness/record/coverage.h"
#include "harness/record/student.h"

namespace ergon {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Numbers that were rounded to whole steps and averaged: their mean, in steps, and the variance of
// one of them, in squared steps.
struct RoundedMean {
  double mean = 0, variance = 0;
};

// Half of the range, in steps, within which the mean of rounded numbers may be off however many
// there are. Numbers that flip between two neighbours have f (1 - f) for variance, f being the
// mean's place between them, and tell no more: with noise small against the step what is rounded
// lies at the threshold, 1/2 - f from where the mean puts it. A larger variance than any f gives
// is noise that dithers: of the error a normal deviation sigma leaves exp(-2 (pi sigma)^2) (Widrow
// & Kollar, Quantization Noise, ch. 4).
double rounding_range(const RoundedMean& rounded) {
  const double between = rounded.mean - std::floor(rounded.mean);
  const double noise = std::max(0.0, rounded.variance - 0.25);
  return std::abs(0.5 - between) * std::exp(-2 * std::numbers::pi * std::numbers::pi * noise);
}

const ChannelEnergy* of_channel(std::span<const ChannelEnergy> energies, int channel) {
  for (const ChannelEnergy& energy : energies) {
    if (energy.channel == channel) return &energy;
  }
  return nullptr;
}

double middle_s(std::int64_t begin_ns, std::int64_t end_ns, std::int64_t origin_ns) {
  return static_cast<double>((begin_ns - origin_ns) + (end_ns - begin_ns) / 2) * 1e-9;
}

// A straight line through (time, power), and what it is worth at a time.
struct Line {
  int points = 0;
  double time_mean = 0, power_mean = 0, slope = 0;
  double time_squares = 0, residual_variance = kNan;
  double length_mean = 0;  // s, of the stretches behind it

  [[nodiscard]] double at(double time) const { return power_mean + slope * (time - time_mean); }
  [[nodiscard]] int freedom() const { return points - (time_squares > 0 ? 2 : 1); }
  [[nodiscard]] double variance_at(double time) const {
    const double distance = time - time_mean;
    const double lever = time_squares > 0 ? distance * distance / time_squares : 0;
    return residual_variance * (1.0 / points + lever);
  }
};

struct Sample {
  double time, value;
};

// On one side only of the windows a slope would be an extrapolation: the mean is taken.
Line fit_line(std::span<const Sample> samples, bool both_sides) {
  Line line;
  line.points = static_cast<int>(samples.size());
  for (const Sample& sample : samples) {
    line.time_mean += sample.time / line.points;
    line.power_mean += sample.value / line.points;
  }
  double cross = 0;
  for (const Sample& sample : samples) {
    const double distance = sample.time - line.time_mean;
    line.time_squares += distance * distance;
    cross += distance * (sample.value - line.power_mean);
  }
  if (!both_sides || line.points < 3) line.time_squares = 0;
  if (line.time_squares > 0) line.slope = cross / line.time_squares;
  double squares = 0;
  for (const Sample& sample : samples) {
    const double residual = sample.value - line.at(sample.time);
    squares += residual * residual;
  }
  if (line.freedom() > 0) line.residual_variance = squares / line.freedom();
  return line;
}

Line idle_line(std::span<const Window> windows, int channel,
               std::span<const IdleStretch* const> idle) {
  const std::int64_t origin_ns = windows.front().begin_ns;
  std::vector<Sample> samples;
  bool before = false, after = false;
  double length_sum_s = 0;
  for (const IdleStretch* stretch : idle) {
    const ChannelEnergy* energy = of_channel(stretch->energy, channel);
    if (stretch->invalid != 0 || energy == nullptr || !std::isfinite(energy->gross.value)) continue;
    const double length_s = static_cast<double>(stretch->end_ns - stretch->begin_ns) * 1e-9;
    length_sum_s += length_s;
    samples.push_back(
        {middle_s(stretch->begin_ns, stretch->end_ns, origin_ns), energy->gross.value / length_s});
    (stretch->begin_ns < origin_ns ? before : after) = true;
  }
  Line line = fit_line(samples, before && after);
  if (line.points > 0) line.length_mean = length_sum_s / line.points;
  return line;
}

// The mean of windows about a straight line through them, so that a slow drift, whose mean over the
// windows is what is asked for, is no scatter; below five windows, about their mean.
Interval mean_about_line(std::span<const Sample> windows) {
  const Line line = fit_line(windows, windows.size() >= 5);
  if (line.points == 0 || line.freedom() < 1)
    return {line.points == 0 ? kNan : line.power_mean, kNan, 0};
  const double error = std::sqrt(line.residual_variance / line.points);
  return {line.power_mean, student_t_975(line.freedom()) * error,
          static_cast<double>(line.freedom())};
}

double squared(double x) { return x * x; }

// Standard error (k = 1) of a mean as mean_about_line gives it.
double error_of(const Interval& mean) {
  return mean.freedom > 0 ? mean.half_width / student_t_975(mean.freedom) : 0;
}

// `about_idle`: net only. Errors of load and idle in quadrature, their degrees of freedom by Welch
// and Satterthwaite.
Interval widen(const Interval& scatter, double idle_variance, int idle_freedom,
               const ErrorParts& rounding) {
  if (!(scatter.freedom > 0)) return {scatter.value, kNan, 0};
  ErrorParts parts = rounding;
  const double a = squared(kSequentialFactor * error_of(scatter)), b = idle_variance;
  parts.deviation = std::sqrt(a + b);
  parts.freedom = scatter.freedom;
  if (b > 0) parts.freedom = squared(a + b) / (a * a / scatter.freedom + b * b / idle_freedom);
  return {scatter.value, half_width_95(parts), parts.freedom};
}

}  // namespace

Interval mean_interval(std::span<const double> values) {
  const auto count = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / count;
  for (const double value : values) squares += (value - mean) * (value - mean);
  if (values.size() < 2) return {values.empty() ? kNan : mean, kNan, 0};
  return {mean, student_t_975(count - 1) * std::sqrt(squares / (count - 1) / count), count - 1};
}

LaunchIntervals launch_intervals(std::span<const Window> windows, int channel, const Channel& facts,
                                 std::span<const IdleStretch* const> idle, Seconds reading_period) {
  LaunchIntervals result{{kNan, kNan, 0}, {kNan, kNan, 0}, 0};
  if (windows.empty()) return result;
  const Line line = idle_line(windows, channel, idle);
  std::vector<Sample> gross, net;
  double launch_s = 0, window_s = 0, time_mean = 0;
  for (const Window& window : windows) {
    const ChannelEnergy* energy = of_channel(window.energy, channel);
    if (window.invalid != 0 || !(window.launches > 0)) continue;
    if (energy == nullptr || !std::isfinite(energy->gross.value)) continue;
    const double length_s = static_cast<double>(window.end_ns - window.begin_ns) * 1e-9;
    const double time = middle_s(window.begin_ns, window.end_ns, windows.front().begin_ns);
    gross.push_back({time, energy->gross.value / window.launches});
    net.push_back({time, (energy->gross.value - line.at(time) * length_s) / window.launches});
    launch_s += length_s / window.launches;
    window_s += length_s;
    time_mean += time;
  }
  result.windows = static_cast<int>(gross.size());
  if (gross.empty()) return result;
  launch_s /= result.windows;
  time_mean /= result.windows;
  const Interval gross_scatter = mean_about_line(gross), net_scatter = mean_about_line(net);
  ErrorParts rounding;
  // A counter's rounding differs from edge to edge and is scatter; that of power repeats.
  const double step = facts.measure == Measure::power ? facts.resolution : 0;
  const double reading_s = std::max(facts.update_period, reading_period).value;
  if (step > 0) {
    const double readings = window_s / reading_s;  // of all windows
    const double watts_step = step * launch_s;
    rounding.range_a =
        watts_step * rounding_range({gross_scatter.value / watts_step,
                                     readings * squared(error_of(gross_scatter) / watts_step)});
  }
  result.gross = widen(gross_scatter, 0, 0, rounding);
  if (line.points == 0) return result;
  if (step > 0) {
    rounding.range_b =
        step * launch_s *
        rounding_range({line.power_mean / step,
                        line.length_mean / reading_s * line.residual_variance / (step * step)});
  }
  result.net =
      widen(net_scatter, line.variance_at(time_mean) * squared(launch_s), line.freedom(), rounding);
  return result;
}

}  // namespace ergon
