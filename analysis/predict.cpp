#include "analysis/predict.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "analysis/row_problem.h"
#include "kernels/error.h"

namespace ergon {

Predictor::Predictor(const EnergyTable::Row& row)
    : primitive_(&row_primitive(row.key)),
      dtypes_(row.key.dtypes),
      read_(*primitive_, dtypes_, row.machine),
      time_(weigh(row.time)),
      energy_(weigh(row.energy)),
      corrected_(!row.time.correction.empty() || !row.energy.correction.empty()),
      radius_(row.energy.conformal.radius),
      radius_extrapolated_(row.energy.conformal.radius_extrapolated),
      flops_(row.hull.flops),
      bytes_(row.hull.bytes),
      intensity_(row.hull.intensity) {
  ERGON_ASSERT(primitive_->axes.size() <= kAxesMax);
  for (const Law* law : {&row.time, &row.energy}) {
    if (law->correction.empty()) continue;
    if (static_cast<std::size_t>(law->correction.axes) == primitive_->axes.size()) continue;
    throw Error(fmt::format("predict: the correction of {} has {} axes and {} has {}",
                            row.key.kernel, law->correction.axes, primitive_->name,
                            primitive_->axes.size()));
  }
  for (const std::string_view axis : primitive_->axes) {
    const auto found = std::ranges::find(row.hull.axes, axis, &Hull::Axis::name);
    if (found == row.hull.axes.end()) {
      throw Error(fmt::format("predict: the hull of {} lacks axis '{}'; fit the table again",
                              row.key.kernel, axis));
    }
    axes_.push_back(found->range);
  }
  for (const ergon::Option& option : primitive_->options) {
    const auto found = std::ranges::find(row.hull.options, option.name, &Hull::Option::name);
    std::vector<bool>& seen = options_.emplace_back(option.values.size(), false);
    if (found == row.hull.options.end()) continue;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      seen[i] = std::ranges::find(found->values, option.values[i]) != found->values.end();
    }
  }
}

Predictor::Weighed Predictor::weigh(const Law& law) {
  ERGON_ASSERT(law.form != nullptr);
  Weighed weighed{.form = law.form, .correction = law.correction};
  for (const Coefficient& coefficient : law.coefficients) {
    const auto terms = law.form->terms;
    const auto term = std::ranges::find(terms, coefficient.carrier, &Term::name);
    ERGON_ASSERT(term != terms.end());
    if (coefficient.value == 0) continue;
    weighed.addends.push_back(
        {static_cast<std::size_t>(term - terms.begin()), coefficient.value * term->scale});
  }
  return weighed;
}

double Predictor::evaluate(const Weighed& law, const Features& features) {
  double sum = 0;
  for (const Addend& addend : law.addends) {
    sum += addend.weight * law.form->quantity(features, addend.term);
  }
  return sum;
}

bool Predictor::outside(const Problem& problem, const Features& features) const {
  const double flops = features.flops;
  const double bytes = features.bytes;
  if (!flops_.contains(flops) || !bytes_.contains(bytes)) return true;
  if (!intensity_.contains(bytes > 0 ? flops / bytes : 0)) return true;
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    if (!axes_[a].contains(static_cast<double>(problem.extents[a]))) return true;
  }
  for (std::size_t o = 0; o < options_.size(); ++o) {
    if (!options_[o][problem.choices[o]]) return true;
  }
  return false;
}

void Predictor::expect_own(const Problem& problem) const {
  if (problem.primitive == primitive_ && problem.dtypes == dtypes_) return;
  throw Error(fmt::format("predict: {} is not of the row's primitive and dtypes ({})",
                          problem_key(problem), primitive_->name));
}

Prediction Predictor::conclude(Features& features, bool extrapolated, double factor_time,
                               double factor_energy) const {
  features.elapsed = factor_time * evaluate(time_, features);
  const Joules energy{factor_energy * evaluate(energy_, features)};
  const double radius = extrapolated ? radius_extrapolated_ : radius_;
  return {.energy = energy,
          .low = energy * std::max(1 - radius, 0.0),  // in this order NaN stays NaN
          .high = energy * (1 + radius),
          .time = Seconds{features.elapsed},
          .extrapolated = extrapolated};
}

Prediction Predictor::operator()(const Problem& problem) const {
  expect_own(problem);
  Features features = read_(problem);
  const bool extrapolated = outside(problem, features);
  double factor_time = 1, factor_energy = 1;
  if (corrected_ && !extrapolated) {
    std::array<double, kAxesMax> room;
    const std::span<double> place = std::span(room).first(axes_.size());
    put_place(problem, place);
    if (!time_.correction.empty()) factor_time = time_.correction.factor(place);
    if (!energy_.correction.empty()) factor_energy = energy_.correction.factor(place);
  }
  return conclude(features, extrapolated, factor_time, factor_energy);
}

void Predictor::predict(std::span<const Problem> problems, std::span<Prediction> out) const {
  ERGON_ASSERT(problems.size() == out.size());
  for (std::size_t first = 0; first < problems.size(); first += Correction::kBatch) {
    const std::size_t count = std::min(Correction::kBatch, problems.size() - first);
    predict_batch(problems.subspan(first, count), out.subspan(first, count));
  }
}

void Predictor::predict_batch(std::span<const Problem> problems, std::span<Prediction> out) const {
  constexpr std::size_t kBatch = Correction::kBatch;
  std::array<double, kBatch> factors_time, factors_energy;
  factors_time.fill(1);
  factors_energy.fill(1);
  if (corrected_) {
    std::array<double, kAxesMax * kBatch> room{};
    const std::span<double> places = std::span(room).first(axes_.size() * kBatch);
    for (std::size_t p = 0; p < problems.size(); ++p) {
      expect_own(problems[p]);
      for (std::size_t a = 0; a < axes_.size(); ++a) {
        places[a * kBatch + p] = std::log2(static_cast<double>(problems[p].extents[a]));
      }
    }
    const auto put = [&](const Correction& correction, std::array<double, kBatch>& factors) {
      if (!correction.empty()) {
        correction.factors(places, std::span(factors).first(problems.size()));
      }
    };
    put(time_.correction, factors_time);
    put(energy_.correction, factors_energy);
  }
  for (std::size_t p = 0; p < problems.size(); ++p) {
    expect_own(problems[p]);
    Features features = read_(problems[p]);
    const bool extrapolated = outside(problems[p], features);
    out[p] = conclude(features, extrapolated, extrapolated ? 1 : factors_time[p],
                      extrapolated ? 1 : factors_energy[p]);
  }
}

Prediction predict(const EnergyTable& table, const TableKey& key, const Problem& problem) {
  return Predictor(find_row(table, key))(problem);
}

}  // namespace ergon
