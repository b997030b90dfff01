#include "harness/meter/external_align.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/error.h"

namespace ergon {
namespace {

constexpr double kCorrelationMin = 0.8;
constexpr double kLeadMin = 0.1;
constexpr int kBinsPerPulse = 50;  // of the shortest pulse
constexpr int kFineSteps = 20;     // of the fine search, per bin

// The load that the pulses made, in bins: 1 on, 0 idle, less its mean.
struct Pattern {
  std::int64_t begin_ns = 0, bin_ns = 0;
  std::int64_t pulse_min_ns = 0;
  std::vector<double> load;
  double norm = 0;  // root of the sum of squares
};

Pattern make_pattern(std::span<const Pulse> pulses) {
  ERGON_ASSERT(!pulses.empty());
  const auto rest_ns = static_cast<std::int64_t>(kChirpRest.value * 1e9);
  Pattern pattern;
  pattern.begin_ns = pulses.front().begin_ns - rest_ns;
  pattern.pulse_min_ns = std::numeric_limits<std::int64_t>::max();
  for (const Pulse& pulse : pulses) {
    ERGON_ASSERT(pulse.end_ns > pulse.begin_ns);
    pattern.pulse_min_ns = std::min(pattern.pulse_min_ns, pulse.end_ns - pulse.begin_ns);
  }
  pattern.bin_ns = std::max<std::int64_t>(1, pattern.pulse_min_ns / kBinsPerPulse);
  const std::int64_t span_ns = pulses.back().end_ns + rest_ns - pattern.begin_ns;
  pattern.load.resize(static_cast<std::size_t>(span_ns / pattern.bin_ns));
  double mean = 0;
  for (std::size_t i = 0; i < pattern.load.size(); ++i) {
    const std::int64_t begin = pattern.begin_ns + static_cast<std::int64_t>(i) * pattern.bin_ns;
    std::int64_t on_ns = 0;
    for (const Pulse& pulse : pulses) {
      on_ns += std::max<std::int64_t>(
          0, std::min(begin + pattern.bin_ns, pulse.end_ns) - std::max(begin, pulse.begin_ns));
    }
    pattern.load[i] = static_cast<double>(on_ns) / static_cast<double>(pattern.bin_ns);
    mean += pattern.load[i] / static_cast<double>(pattern.load.size());
  }
  for (double& load : pattern.load) {
    load -= mean;
    pattern.norm += load * load;
  }
  pattern.norm = std::sqrt(pattern.norm);
  return pattern;
}

// Mean power of `count` bins from `begin_ns` of the trace's time; NaN where it does not cover one.
std::vector<double> binned(const TraceEnergy& energy, std::int64_t begin_ns, std::int64_t bin_ns,
                           std::size_t count) {
  std::vector<double> power(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t begin = begin_ns + static_cast<std::int64_t>(i) * bin_ns;
    power[i] = energy.between(begin, begin + bin_ns).value / (static_cast<double>(bin_ns) * 1e-9);
  }
  return power;
}

// How well the pattern fits bins of power: Pearson's r, and what its best multiple leaves over.
struct Match {
  double correlation = -1;
  double residual = 0;  // sum of squares, W^2
};

Match match(const Pattern& pattern, std::span<const double> power) {
  const auto count = static_cast<double>(pattern.load.size());
  double mean = 0, product = 0, square = 0;
  for (const double p : power) mean += p / count;
  for (std::size_t i = 0; i < power.size(); ++i) {
    product += pattern.load[i] * (power[i] - mean);
    square += (power[i] - mean) * (power[i] - mean);
  }
  if (!(square > 0)) return {};  // flat, or NaN: a gap
  const double r = product / (pattern.norm * std::sqrt(square));
  return {r, square * (1 - r * r)};
}

Match match_at(const TraceEnergy& energy, const Pattern& pattern, std::int64_t trace_ns) {
  return match(pattern, binned(energy, trace_ns, pattern.bin_ns, pattern.load.size()));
}

struct Peak {
  std::int64_t trace_ns = 0;  // trace time of the pattern's begin
  double correlation = -1, next = -1;
};

// Every offset, in steps of one bin.
Peak coarse_peak(const Trace& trace, const TraceEnergy& energy, const Pattern& pattern) {
  const std::int64_t begin_ns = trace.time_ns.front();
  const std::int64_t span_ns = trace.time_ns.back() - begin_ns;
  const auto bins = static_cast<std::size_t>(span_ns / pattern.bin_ns);
  const std::size_t width = pattern.load.size();
  if (bins < width) {
    throw Error(
        fmt::format("{}: {:.1f} s long, and the chirp with its rest takes {:.1f} s; let "
                    "the meter log from before the load until after it",
                    trace.name, static_cast<double>(span_ns) * 1e-9,
                    static_cast<double>(width) * 1e-9 * static_cast<double>(pattern.bin_ns)));
  }
  const std::vector<double> power = binned(energy, begin_ns, pattern.bin_ns, bins);
  std::vector<double> correlations(bins - width + 1);
  for (std::size_t i = 0; i < correlations.size(); ++i) {
    correlations[i] = match(pattern, std::span(power).subspan(i, width)).correlation;
  }
  const auto best = std::ranges::max_element(correlations);
  const auto at = best - correlations.begin();
  Peak peak{begin_ns + at * pattern.bin_ns, *best};
  for (std::size_t i = 0; i < correlations.size(); ++i) {
    const std::int64_t away = std::abs(static_cast<std::int64_t>(i) - at) * pattern.bin_ns;
    if (away >= pattern.pulse_min_ns) peak.next = std::max(peak.next, correlations[i]);
  }
  return peak;
}

// The best of a bin's neighbourhood, in steps of 1/kFineSteps of a bin.
std::int64_t fine_peak(const TraceEnergy& energy, const Pattern& pattern, std::int64_t trace_ns) {
  const std::int64_t step_ns = std::max<std::int64_t>(1, pattern.bin_ns / kFineSteps);
  std::int64_t best_ns = trace_ns;
  double best = -1;
  for (int i = -2 * kFineSteps; i <= 2 * kFineSteps; ++i) {
    const double r = match_at(energy, pattern, trace_ns + i * step_ns).correlation;
    if (r > best) {
      best = r;
      best_ns = trace_ns + i * step_ns;
    }
  }
  return best_ns;
}

// From the curvature of the residual sum of squares, S(d) = S + sigma^2 d^2 / var(d).
Seconds uncertainty(const TraceEnergy& energy, const Pattern& pattern, std::int64_t trace_ns) {
  const auto interval_ns = static_cast<std::int64_t>(energy.interval().value * 1e9);
  const std::int64_t step_ns = std::max(pattern.bin_ns, interval_ns / 2);
  const double here = match_at(energy, pattern, trace_ns).residual;
  const double before = match_at(energy, pattern, trace_ns - step_ns).residual;
  const double after = match_at(energy, pattern, trace_ns + step_ns).residual;
  const double step = static_cast<double>(step_ns) * 1e-9;
  const double curvature = ((before - here) + (after - here)) / 2 / (step * step);
  // Bins finer than the samples are not independent of each other.
  const double bins_per_sample =
      std::max(1.0, static_cast<double>(interval_ns) / static_cast<double>(pattern.bin_ns));
  const double samples = static_cast<double>(pattern.load.size()) / bins_per_sample;
  const double variance = here / bins_per_sample / std::max(1.0, samples - 3);
  const double grid = energy.interval().value / std::sqrt(12.0);
  // At the rim of the trace a neighbour is missing, and the curvature with it.
  if (!(curvature > 0)) return Seconds{std::hypot(grid, step)};
  return Seconds{std::hypot(grid, std::sqrt(variance * bins_per_sample / curvature))};
}

}  // namespace

std::array<Pulse, 3> chirp(std::int64_t begin_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return {{{begin_ns, begin_ns + 2 * kSecond},
           {begin_ns + 3 * kSecond, begin_ns + 4 * kSecond},
           {begin_ns + 6 * kSecond, begin_ns + 9 * kSecond}}};
}

Alignment align_trace(const Trace& trace, std::span<const Pulse> pulses) {
  const Pattern pattern = make_pattern(pulses);
  const TraceEnergy energy(trace);
  const Peak peak = coarse_peak(trace, energy, pattern);
  if (peak.correlation < kCorrelationMin) {
    throw Error(
        fmt::format("{}: the chirp is not in it: correlation {:.2f}, {:.1f} needed; check "
                    "that the meter logged during the load, at 5 samples per second or so",
                    trace.name, std::max(0.0, peak.correlation), kCorrelationMin));
  }
  if (peak.next > peak.correlation - kLeadMin) {
    throw Error(
        fmt::format("{}: the chirp could be in two places: correlation {:.2f} and {:.2f}; "
                    "cut the trace to one run",
                    trace.name, peak.correlation, peak.next));
  }
  const std::int64_t trace_ns = fine_peak(energy, pattern, peak.trace_ns);
  return {.offset_ns = pattern.begin_ns - trace_ns,
          .u_offset = uncertainty(energy, pattern, trace_ns),
          .quality = match_at(energy, pattern, trace_ns).correlation,
          .quality_next = peak.next};
}

}  // namespace ergon
