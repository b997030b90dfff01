#include "analysis/predict.h"

#include <algorithm>

#include <fmt/format.h>

#include "kernels/error.h"

namespace ergon {

Predictor::Predictor(const EnergyTable::Row& row)
    : primitive_(primitive::named(row.key.kernel.substr(0, row.key.kernel.find('/')))),
      dtypes_(row.key.dtypes),
      time_(weigh(row.time)),
      energy_(weigh(row.energy)),
      radius_(row.energy.conformal.radius),
      flops_(row.hull.flops),
      bytes_(row.hull.bytes),
      intensity_(row.hull.intensity) {
  if (primitive_ == nullptr) {
    throw Error(fmt::format("predict: '{}' is of a primitive that this build does not know",
                            row.key.kernel));
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

Predictor::Weights Predictor::weigh(const Law& law) {
  ERGON_ASSERT(law.form != nullptr && law.form->terms.size() <= kTermsMax);
  Weights weights{.form = law.form};
  for (std::size_t t = 0; t < law.form->terms.size(); ++t) {
    for (const Coefficient& coefficient : law.coefficients) {
      if (coefficient.carrier != law.form->terms[t].name) continue;
      weights.values[t] = coefficient.value * law.form->terms[t].scale;
    }
  }
  return weights;
}

double Predictor::evaluate(const Weights& weights, const Problem& problem, const Work& work,
                           Seconds elapsed) {
  std::array<double, kTermsMax> quantities{};
  const std::size_t terms = weights.form->terms.size();
  weights.form->quantities(problem, work, elapsed, std::span(quantities).first(terms));
  double sum = 0;
  for (std::size_t t = 0; t < terms; ++t) sum += weights.values[t] * quantities[t];
  return sum;
}

bool Predictor::outside(const Problem& problem, const Work& work) const {
  const double flops = static_cast<double>(work.flops);
  const double bytes = static_cast<double>(work.bytes());
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

Prediction Predictor::operator()(const Problem& problem) const {
  if (problem.primitive != primitive_ || problem.dtypes != dtypes_) {
    throw Error(fmt::format("predict: {} is not of the row's primitive and dtypes ({})",
                            problem_key(problem), primitive_->name));
  }
  const Work work = primitive_->work(problem);
  const Seconds time{evaluate(time_, problem, work, Seconds{})};
  const Joules energy{evaluate(energy_, problem, work, time)};
  return {.energy = energy,
          .low = energy * std::max(1 - radius_, 0.0),  // in this order NaN stays NaN
          .high = energy * (1 + radius_),
          .time = time,
          .extrapolated = outside(problem, work)};
}

Prediction predict(const EnergyTable& table, const TableKey& key, const Problem& problem) {
  return Predictor(find_row(table, key))(problem);
}

}  // namespace ergon
