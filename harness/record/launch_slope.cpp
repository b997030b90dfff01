#include "harness/record/launch_slope.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "harness/record/student.h"

namespace ergon {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Sample {
  double launches, energy;
};

std::vector<Sample> samples_of(std::span<const Window> windows, int channel) {
  std::vector<Sample> samples;
  for (const Window& window : windows) {
    if (window.invalid != 0 || !(window.launches > 0)) continue;
    for (const ChannelEnergy& energy : window.energy) {
      if (energy.channel != channel || !std::isfinite(energy.gross.value)) continue;
      samples.push_back({window.launches, energy.gross.value});
    }
  }
  return samples;
}

// Lengths that differ by a fifth or more, from the shortest on.
int lengths_of(std::vector<Sample> samples) {
  std::ranges::sort(samples, {}, &Sample::launches);
  int lengths = 0;
  double last = 0;
  for (const Sample& sample : samples) {
    if (sample.launches < 1.2 * last) continue;
    last = sample.launches;
    ++lengths;
  }
  return lengths;
}

// A weighted straight line, and the share of each sample's energy in its slope and intercept.
struct Line {
  double slope = 0, intercept = 0;
  std::vector<double> of_slope, of_intercept;
};

Line fit_line(const std::vector<Sample>& samples) {
  double weights = 0, middle = 0, squares = 0;
  for (const Sample& sample : samples) weights += 1 / sample.launches;
  for (std::size_t i = 0; i < samples.size(); ++i) middle += 1 / weights;  // weight x launches = 1
  for (const Sample& sample : samples) {
    squares += (sample.launches - middle) * (sample.launches - middle) / sample.launches;
  }
  Line line;
  for (const Sample& sample : samples) {
    const double weight = 1 / sample.launches;
    line.of_slope.push_back(weight * (sample.launches - middle) / squares);
    line.of_intercept.push_back(weight / weights - middle * line.of_slope.back());
    line.slope += line.of_slope.back() * sample.energy;
    line.intercept += line.of_intercept.back() * sample.energy;
  }
  return line;
}

// Standard error of the sum of shares x energies where the variance of a window's energy goes with
// launches^power, scaled to the residuals.
double standard_error(const std::vector<Sample>& samples, const Line& line,
                      const std::vector<double>& shares, int power) {
  double residuals = 0, variance = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double residual = samples[i].energy - line.intercept - line.slope * samples[i].launches;
    const double scale = std::pow(samples[i].launches, power);
    residuals += residual * residual / scale;
    variance += shares[i] * shares[i] * scale;
  }
  const auto freedom = static_cast<double>(samples.size() - 2);
  return std::sqrt(residuals / freedom * variance);
}

Interval interval_of(const std::vector<Sample>& samples, const Line& line,
                     const std::vector<double>& shares, double value) {
  double error = 0;
  for (const int power : {0, 1, 2}) {
    error = std::max(error, standard_error(samples, line, shares, power));
  }
  const auto freedom = static_cast<double>(samples.size() - 2);
  return {value, kSequentialFactor * student_t_975(freedom) * error, freedom};
}

}  // namespace

LaunchSlope launch_slope(std::span<const Window> windows, int channel) {
  const std::vector<Sample> samples = samples_of(windows, channel);
  LaunchSlope found{{kNan, kNan, 0}, {kNan, kNan, 0}, static_cast<int>(samples.size())};
  if (samples.size() < 4 || lengths_of(samples) < 3) return found;
  const auto [least, most] = std::ranges::minmax_element(samples, {}, &Sample::launches);
  if (most->launches < 2 * least->launches) return found;
  const Line line = fit_line(samples);
  found.slope = interval_of(samples, line, line.of_slope, line.slope);
  found.intercept = interval_of(samples, line, line.of_intercept, line.intercept);
  return found;
}

}  // namespace ergon
