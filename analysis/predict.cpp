#include "analysis/predict.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "kernels/error.h"

namespace ergon {

namespace {

const Primitive& primitive_of(const EnergyTable::Row& row) {
  const Primitive* primitive = primitive::named(row.key.kernel.substr(0, row.key.kernel.find('/')));
  if (primitive != nullptr) return *primitive;
  throw Error(
      fmt::format("predict: '{}' is of a primitive that this build does not know", row.key.kernel));
}

}  // namespace

Predictor::Predictor(const EnergyTable::Row& row)
    : primitive_(&primitive_of(row)),
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

// `place` is empty where no correction applies.
double Predictor::evaluate(const Weighed& law, const Features& features,
                           std::span<const double> place) {
  double sum = 0;
  for (const Addend& addend : law.addends) {
    sum += addend.weight * law.form->quantity(features, addend.term);
  }
  return place.empty() || law.correction.empty() ? sum : sum * law.correction.factor(place);
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

Prediction Predictor::operator()(const Problem& problem) const {
  if (problem.primitive != primitive_ || problem.dtypes != dtypes_) {
    throw Error(fmt::format("predict: {} is not of the row's primitive and dtypes ({})",
                            problem_key(problem), primitive_->name));
  }
  Features features = read_(problem);
  const bool extrapolated = outside(problem, features);
  std::array<double, kAxesMax> room;
  std::span<double> place;
  if (corrected_ && !extrapolated) {
    place = std::span(room).first(problem.extents.size());
    put_place(problem, place);
  }
  features.elapsed = evaluate(time_, features, place);
  const Joules energy{evaluate(energy_, features, place)};
  const double radius = extrapolated ? radius_extrapolated_ : radius_;
  return {.energy = energy,
          .low = energy * std::max(1 - radius, 0.0),  // in this order NaN stays NaN
          .high = energy * (1 + radius),
          .time = Seconds{features.elapsed},
          .extrapolated = extrapolated};
}

void Predictor::predict(std::span<const Problem> problems, std::span<Prediction> out) const {
  ERGON_ASSERT(problems.size() == out.size());
  for (std::size_t i = 0; i < problems.size(); ++i) out[i] = (*this)(problems[i]);
}

Prediction predict(const EnergyTable& table, const TableKey& key, const Problem& problem) {
  return Predictor(find_row(table, key))(problem);
}

}  // namespace ergon
