#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "analysis/law_fit.h"
#include "analysis/statistics.h"
#include "kernels/error.h"

namespace ergon {

namespace {

constexpr int kConformalShapesMin = 9;  // a 90 % quantile of fewer is none of them
constexpr int kCoverageSplits = 20;
constexpr std::size_t kCoverageSamplesMax = 4000;  // beyond these the share is known well enough

std::string conformal_reason(int shapes) {
  return fmt::format("n too small: {} shape{}, 9 needed for 90 %", shapes, shapes == 1 ? "" : "s");
}

// The level asked of the calibration so that what it covers of new shapes is `level` or more in
// two fits of three: the covered share of a calibration on n shapes scatters like a binomial's.
// Vovk, "Conditional validity of inductive conformal predictors", 2012, proposition 2a.
double safe_level(double level, int shapes) {
  const double n = shapes;
  return std::min(level + 0.5 * std::sqrt(level * (1 - level) / n), n / (n + 1));
}

// Mean share of shapes held by a radius from the other half of the shapes.
double coverage_of(std::span<const double> scores, std::span<const int> groups, double level) {
  if (scores.size() > kCoverageSamplesMax) {
    scores = scores.first(kCoverageSamplesMax);
    groups = groups.first(kCoverageSamplesMax);
  }
  const int shapes = 1 + *std::ranges::max_element(groups);
  std::vector<int> order(static_cast<std::size_t>(shapes));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  SplitMix random(1);
  double held = 0, all = 0;
  for (int split = 0; split < kCoverageSplits; ++split) {
    for (std::size_t i = order.size() - 1; i > 0; --i) {
      std::swap(order[i], order[random.below(i + 1)]);
    }
    std::vector<double> half_scores;
    std::vector<int> half_groups;
    const auto in_first = [&](std::size_t i) {
      return order[static_cast<std::size_t>(groups[i])] % 2 == 0;
    };
    int calibrating = (shapes + 1) / 2;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (!in_first(i)) continue;
      half_scores.push_back(scores[i]);
      half_groups.push_back(groups[i]);
    }
    const double radius =
        grouped_conformal_radius(half_scores, half_groups, safe_level(level, calibrating));
    if (!std::isfinite(radius)) return kAbsent;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (in_first(i)) continue;
      held += scores[i] <= radius;
      ++all;
    }
  }
  return all > 0 ? held / all : kAbsent;
}

// Mean over shapes of the mean error of each, and its standard error.
struct ShapeMean {
  double mean = 0, standard_error = 0;
};

ShapeMean mean_over_shapes(std::span<const double> errors, std::span<const int> shapes) {
  const auto all = static_cast<std::size_t>(1 + *std::ranges::max_element(shapes));
  std::vector<double> sums(all, 0);
  std::vector<int> counts(all, 0);
  for (std::size_t i = 0; i < errors.size(); ++i) {
    const auto shape = static_cast<std::size_t>(shapes[i]);
    sums[shape] += errors[i];
    ++counts[shape];
  }
  double n = 0, squares = 0;
  ShapeMean result;
  for (std::size_t s = 0; s < all; ++s) {
    if (counts[s] == 0) continue;
    result.mean += sums[s] / counts[s];
    ++n;
  }
  result.mean /= n;
  for (std::size_t s = 0; s < all; ++s) {
    if (counts[s] > 0) squares += std::pow(sums[s] / counts[s] - result.mean, 2);
  }
  if (n > 1) result.standard_error = std::sqrt(squares / (n - 1) / n);
  return result;
}

// What candidates are compared by; `larger`: all have been tried on larger shapes.
double loss(const Candidate& candidate, bool larger) {
  return candidate.error_mean + (larger ? candidate.error_larger : 0);
}
double loss_error(const Candidate& candidate, bool larger) {
  return larger ? std::hypot(candidate.standard_error, candidate.standard_error_larger)
                : candidate.standard_error;
}

}  // namespace

void score_larger(LawFit& fit, std::span<const double> scores, std::span<const double> errors,
                  std::span<const int> shapes) {
  const ShapeMean mean = mean_over_shapes(errors, shapes);
  fit.candidate.error_larger = mean.mean;
  fit.candidate.standard_error_larger = mean.standard_error;
  fit.scores_larger.assign(scores.begin(), scores.end());
  fit.shapes_larger.assign(shapes.begin(), shapes.end());
}

void score(LawFit& fit, const LawData& data) {
  if (fit.predicted.empty()) return;
  std::vector<double> errors;
  double total = 0;
  for (std::size_t i = 0; i < fit.predicted.size(); ++i) {
    errors.push_back(std::abs(fit.predicted[i] - data.target[i]) / data.target[i]);
    total += errors.back();
  }
  Candidate& candidate = fit.candidate;
  candidate.error_mean = total / static_cast<double>(errors.size());
  candidate.error_median = quantile(errors, 0.5);
  candidate.error_p95 = quantile(errors, 0.95);
  candidate.standard_error = mean_over_shapes(errors, data.shape).standard_error;
}

void calibrate(LawFit& fit, const LawData& data) {
  Conformal& conformal = fit.law.conformal;
  if (fit.predicted.empty() || data.shapes < kConformalShapesMin) {
    conformal.reason = conformal_reason(data.shapes);
    return;
  }
  std::vector<double> scores;
  for (std::size_t i = 0; i < fit.predicted.size(); ++i) {
    scores.push_back(fit.predicted[i] > 0
                         ? std::abs(fit.predicted[i] - data.target[i]) / fit.predicted[i]
                         : std::numeric_limits<double>::infinity());
  }
  const double radius =
      grouped_conformal_radius(scores, data.shape, safe_level(conformal.level, data.shapes));
  if (!std::isfinite(radius)) {
    conformal.reason = "some shapes are predicted to cost nothing";
    return;
  }
  conformal.radius = radius;
  conformal.coverage = coverage_of(scores, data.shape, conformal.level);
  if (fit.scores_larger.empty()) return;
  double larger = grouped_conformal_radius(fit.scores_larger, fit.shapes_larger, conformal.level);
  // With fewer shapes than a quantile needs, the worst of them.
  if (std::isnan(larger)) larger = *std::ranges::max_element(fit.scores_larger);
  if (std::isfinite(larger)) conformal.radius_extrapolated = std::max(radius, larger);
}

std::size_t choose(std::span<const LawFit> fits) {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t best = kNone, best_baseline = kNone, first = kNone;
  const bool larger = std::ranges::none_of(fits, [](const LawFit& fit) {
    return !fit.law.coefficients.empty() && std::isnan(fit.candidate.error_larger);
  });
  for (std::size_t i = 0; i < fits.size(); ++i) {
    if (fits[i].law.coefficients.empty()) continue;
    const bool baseline = fits[i].law.form->baseline;
    if (first == kNone || (fits[first].law.form->baseline && !baseline)) first = i;
    const double error = loss(fits[i].candidate, larger);
    if (std::isnan(error)) continue;
    std::size_t& leader = baseline ? best_baseline : best;
    if (leader == kNone || error < loss(fits[leader].candidate, larger)) leader = i;
  }
  ERGON_ASSERT(first != kNone);
  if (best == kNone) return best_baseline == kNone ? first : best_baseline;
  const double least = loss(fits[best].candidate, larger);
  const double within = loss_error(fits[best].candidate, larger);
  if (best_baseline != kNone && loss(fits[best_baseline].candidate, larger) < least - within) {
    return best_baseline;
  }
  std::size_t chosen = best;
  for (std::size_t i = 0; i < fits.size(); ++i) {
    const Candidate& candidate = fits[i].candidate;
    if (fits[i].law.coefficients.empty() || fits[i].law.form->baseline) continue;
    if (!(loss(candidate, larger) <= least + within)) continue;
    const int fewest = fits[chosen].candidate.coefficients;
    if (candidate.coefficients < fewest || (candidate.coefficients == fewest && i < chosen)) {
      chosen = i;
    }
  }
  return chosen;
}

}  // namespace ergon
