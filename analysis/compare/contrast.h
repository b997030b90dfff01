#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace ergon {

// What two sides are compared by. Power and the energy-delay product are made of energy and time,
// over the same windows: E / T and E x T of one launch.
enum class Metric : std::uint8_t { energy, time, power, edp };
inline constexpr std::array kMetrics{Metric::energy, Metric::time, Metric::power, Metric::edp};
[[nodiscard]] std::string_view metric_name(Metric);
[[nodiscard]] std::optional<Metric> metric_named(std::string_view);
[[nodiscard]] constexpr std::size_t index_of(Metric metric) {
  return static_cast<std::size_t>(metric);
}
template <class Value>
using PerMetric = std::array<Value, kMetrics.size()>;

// The logarithm of a metric is energy x that of energy + time x that of time.
struct MetricWeights {
  double energy, time;
};
[[nodiscard]] constexpr MetricWeights metric_weights(Metric metric) {
  constexpr PerMetric<MetricWeights> kWeights{{{1, 0}, {0, 1}, {1, -1}, {1, 1}}};
  return kWeights[index_of(metric)];
}

// same: no difference was seen; one beyond Contrast::seen would have been.
// lower, higher: the second side against the first, its interval leaves out 1.
// within_gain: real or not, the sensors cannot tell: their unknown gain could explain it, or is
// most of what is unknown.
enum class Verdict : std::uint8_t { same, lower, higher, within_gain, not_comparable };
[[nodiscard]] std::string_view verdict_name(Verdict);  // "within gain"

// One metric of the second side over that of the first. Intervals are simultaneous: those of one
// invocation hold their truths all together in 95 % of invocations or more.
struct Contrast {
  Verdict verdict = Verdict::not_comparable;
  std::string reason{};  // why not comparable
  double ratio = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
  // The interval without the sensors' gain; the same where that cancels.
  double low_without_gain = std::numeric_limits<double>::quiet_NaN();
  double high_without_gain = std::numeric_limits<double>::quiet_NaN();
  // The least relative difference that would have been told from none.
  double seen = std::numeric_limits<double>::quiet_NaN();
  double p = std::numeric_limits<double>::quiet_NaN();  // of no difference, over all tests together
  // Standard uncertainties (k = 1) of the logarithm of the ratio, and the freedom of all but gain.
  double u_own = 0, u_run = 0, u_gain = 0, freedom = 0;

  [[nodiscard]] bool compared() const { return verdict != Verdict::not_comparable; }
};

}  // namespace ergon
