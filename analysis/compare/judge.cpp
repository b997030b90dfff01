#include "analysis/compare/judge.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "analysis/statistics.h"

namespace ergon {
namespace {

// Of the energy's variation between runs, by 3-4-5: power's and time's.
constexpr double kOfPower = 0.8, kOfTime = 0.6;
constexpr double kFreedomMin = 2;  // below, a median tells nothing
// A median of squares knows a variance as well as 0.37 times as many squares do: Rousseeuw and
// Croux 1993.
constexpr double kMedianEfficiency = 0.37;
constexpr double kMedianOfSquare = 0.4549;  // of a squared normal deviate

Variation pooled(const Variation& a, const Variation& b) {
  const double freedom = a.freedom + b.freedom;
  if (!(freedom > 0)) return {};
  return {(a.variance * a.freedom + b.variance * b.freedom) / freedom, freedom};
}

Variation sum_of(std::initializer_list<Variation> parts) {
  VariationSum sum;
  for (const Variation& part : parts) sum.add(part);
  return {sum.value().variance, std::max(1.0, sum.value().freedom)};
}

// Ratios less the median of their primitive, with the windows' variance; scaled for what the
// median took.
struct Residual {
  double square = 0, variance = 0;
};

double median_excess(const std::vector<Residual>& residuals) {
  const auto middle = [&](double excess) {
    std::vector<double> shares;
    for (const Residual& residual : residuals) {
      shares.push_back(residual.square / std::max(1e-30, residual.variance + excess));
    }
    return quantile(shares, 0.5);
  };
  if (middle(0) <= kMedianOfSquare) return 0;
  double low = 0, high = 1e-12;
  while (middle(high) > kMedianOfSquare) high *= 4;
  for (int i = 0; i < 60; ++i) {
    const double between = (low + high) / 2;
    (middle(between) > kMedianOfSquare ? low : high) = between;
  }
  return high;
}

Variation pair_variation(const std::vector<PairedPoint>& points, Metric metric) {
  std::map<const Primitive*, std::vector<Residual>> by_primitive;
  std::map<const Primitive*, std::vector<double>> ratios;
  for (const PairedPoint& pair : points) {
    if (!pair.compares(metric)) continue;
    const LogValue& a = pair.first->values[index_of(metric)];
    const LogValue& b = pair.second->values[index_of(metric)];
    const Primitive* const primitive = pair.first->problem.primitive;
    ratios[primitive].push_back(b.value - a.value);
    by_primitive[primitive].push_back(
        {.variance = (a.freedom > 0 ? a.variance : 0) + (b.freedom > 0 ? b.variance : 0)});
  }
  std::vector<Residual> all;
  double freedom = 0;
  for (auto& [primitive, residuals] : by_primitive) {
    const std::vector<double>& values = ratios[primitive];
    if (values.size() < 3) continue;
    const auto count = static_cast<double>(values.size());
    const double centre = quantile(values, 0.5);
    for (std::size_t i = 0; i < values.size(); ++i) {
      residuals[i].square = squared(values[i] - centre) * count / (count - 1);
      all.push_back(residuals[i]);
    }
    freedom += count - 1;
  }
  if (freedom < kFreedomMin) return {};
  return {median_excess(all), std::max(1.0, kMedianEfficiency * freedom)};
}

// Whether each side's runs began before the other's ended.
bool interleaved(const SideData& a, const SideData& b) {
  return !a.first_utc.empty() && !b.first_utc.empty() && a.first_utc <= b.last_utc &&
         b.first_utc <= a.last_utc;
}

}  // namespace

RunVariation run_variation(const SideData& first, const SideData& second, double assumed) {
  const Variation power =
      pooled(first.runs[index_of(Metric::power)], second.runs[index_of(Metric::power)]);
  const Variation time =
      pooled(first.runs[index_of(Metric::time)], second.runs[index_of(Metric::time)]);
  RunVariation found{.power = {squared(kOfPower * assumed), kFreedomKnown},
                     .time = {squared(kOfTime * assumed), kFreedomKnown}};
  const std::string taken =
      fmt::format("{:.3g} % of energy (k = 1; {:.3g} % of power, {:.3g} % of time)", 100 * assumed,
                  100 * kOfPower * assumed, 100 * kOfTime * assumed);
  if (!(time.freedom > 0)) {
    found.note = fmt::format(
        "a side has one run: what runs of one build differ by is not in the scatter of their "
        "windows and is taken to be {}; --run-to-run says otherwise, several runs of each side in "
        "turn measure it",
        taken);
    return found;
  }
  const std::string measured = fmt::format(
      "runs of a side differ by {:.3g} % of power and {:.3g} % of time ({:.0f} degrees of freedom)",
      100 * std::sqrt(power.variance), 100 * std::sqrt(time.variance), time.freedom);
  if (interleaved(first, second)) {
    if (power.freedom > 0) found.power = power;
    found.time = time;
    found.note = measured;
    return found;
  }
  if (power.variance > found.power.variance) found.power = power;
  if (time.variance > found.time.variance) found.time = time;
  found.note = fmt::format(
      "{}; but one side's runs ended before the other's began, which may change more: no less than "
      "{} is taken",
      measured, taken);
  return found;
}

VisitVariation visit_variation(const SideData& first, const SideData& second,
                               const std::vector<PairedPoint>& points) {
  VisitVariation found;
  const auto known = [](const SideData& side) {
    return side.visits[index_of(Metric::time)].freedom > 0;
  };
  if (known(first) || known(second)) {
    for (const Metric metric : kMetrics) {
      const Variation& a = first.visits[index_of(metric)];
      const Variation& b = second.visits[index_of(metric)];
      found.first[index_of(metric)] = a.freedom > 0 ? a : b;
      found.second[index_of(metric)] = b.freedom > 0 ? b : a;
    }
    found.note = fmt::format(
        "visits of one point in one run differ by {:.3g} % of energy and {:.3g} % of time beyond "
        "their windows' scatter, as the points that were visited again tell",
        100 * std::sqrt(found.first[index_of(Metric::energy)].variance),
        100 * std::sqrt(found.first[index_of(Metric::time)].variance));
    return found;
  }
  for (const Metric metric : kMetrics) {
    found.pair[index_of(metric)] = pair_variation(points, metric);
  }
  const Variation& time = found.pair[index_of(Metric::time)];
  found.note =
      time.freedom > 0
          ? fmt::format(
                "no point was visited often enough to tell how visits differ; the ratios "
                "of the shapes scatter by {:.3g} % of energy and {:.3g} % of time beyond "
                "their windows, and that stands for it",
                100 * std::sqrt(found.pair[index_of(Metric::energy)].variance),
                100 * std::sqrt(time.variance))
          : "too few shapes and visits to tell how visits of one point differ: the scatter of the "
            "windows and what is said of runs is all that intervals hold";
  return found;
}

Contrast judge(const LogRatio& ratio, const TestFamily& family, TestKind kind, double missed) {
  const double critical = family.critical(kind, missed);
  const Variation without = sum_of({ratio.own, ratio.visit, ratio.run});
  const Variation all = sum_of({without, {ratio.gain, kFreedomKnown}});
  const double u_all = std::sqrt(all.variance);
  const double half = student_of_normal(critical, all.freedom) * u_all;
  const double half_without =
      student_of_normal(critical, without.freedom) * std::sqrt(without.variance);
  Contrast contrast{.ratio = std::exp(ratio.value),
                    .low = std::exp(ratio.value - half),
                    .high = std::exp(ratio.value + half),
                    .low_without_gain = std::exp(ratio.value - half_without),
                    .high_without_gain = std::exp(ratio.value + half_without),
                    .seen = std::expm1(half),
                    .u_own = std::sqrt(ratio.own.variance + ratio.visit.variance),
                    .u_run = std::sqrt(ratio.run.variance),
                    .u_gain = std::sqrt(ratio.gain),
                    .freedom = without.freedom};
  const double distance = std::abs(ratio.value);
  contrast.p = u_all > 0 ? family.p(kind, distance / u_all, all.freedom) : (distance > 0 ? 0 : 1);
  if (distance > half) {
    contrast.verdict = ratio.value < 0 ? Verdict::lower : Verdict::higher;
  } else if (ratio.gain > 0 && (distance > half_without || ratio.gain > without.variance)) {
    contrast.verdict = Verdict::within_gain;
  } else {
    contrast.verdict = Verdict::same;
  }
  return contrast;
}

}  // namespace ergon
