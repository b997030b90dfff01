#include "analysis/law_fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "analysis/separation.h"
#include "analysis/statistics.h"
#include "kernels/error.h"

namespace ergon {

namespace {

constexpr std::size_t kBeyondMin = 2;  // shapes on either side of a threshold that is fitted
constexpr double kReachMin = 2;        // the data reaches this far beyond it: a slope needs a range

// The terms of a form that the data supports: the columns of its normal equations.
struct Columns {
  const ModelForm& form;
  std::vector<std::size_t> terms{};  // of the form, ascending

  [[nodiscard]] int count() const { return static_cast<int>(terms.size()); }
  [[nodiscard]] std::size_t term(int column) const {
    return terms[static_cast<std::size_t>(column)];
  }
  [[nodiscard]] const Term& operator[](int column) const { return form.terms[term(column)]; }
  // -1 where there is none of this name.
  [[nodiscard]] int named(std::string_view name) const {
    for (int c = 0; c < count(); ++c) {
      if ((*this)[c].name == name) return c;
    }
    return -1;
  }
};

// Bytes of every shape, ascending.
std::vector<double> bytes_of(const LawData& data, std::span<const std::size_t> samples) {
  std::vector<double> bytes;
  std::vector<bool> seen(static_cast<std::size_t>(data.shapes), false);
  for (const std::size_t i : samples) {
    const auto shape = static_cast<std::size_t>(data.shape[i]);
    if (seen[shape]) continue;
    seen[shape] = true;
    bytes.push_back(data.features[i].bytes);
  }
  std::ranges::sort(bytes);
  bytes.erase(std::unique(bytes.begin(), bytes.end()), bytes.end());
  return bytes;
}

// Terms that these samples can say something of: a threshold needs data on both sides.
Columns supported_columns(const ModelForm& form, const LawData& data,
                          std::span<const std::size_t> samples) {
  std::vector<double> bytes;
  Columns columns{form};
  for (std::size_t t = 0; t < form.terms.size(); ++t) {
    const double begins = form.terms[t].begins;
    if (begins > 0) {
      if (bytes.empty()) bytes = bytes_of(data, samples);
      const auto below =
          static_cast<std::size_t>(std::ranges::upper_bound(bytes, begins) - bytes.begin());
      if (below < kBeyondMin || bytes.size() - below < kBeyondMin ||
          begins * kReachMin > bytes.back()) {
        continue;
      }
    }
    const bool there = std::ranges::any_of(
        samples, [&](std::size_t i) { return form.quantity(data.features[i], t) != 0; });
    if (there) columns.terms.push_back(t);
  }
  return columns;
}

// Normal equations of the samples of one bucket each.
std::vector<Gram> gather(const Columns& columns, const LawData& data,
                         std::span<const std::size_t> samples) {
  std::vector<Gram> grams(static_cast<std::size_t>(data.buckets), Gram(columns.count()));
  std::vector<double> x(columns.terms.size());
  for (const std::size_t i : samples) {
    for (std::size_t c = 0; c < x.size(); ++c) {
      const std::size_t t = columns.terms[c];
      x[c] =
          columns.form.quantity(data.features[i], t) * columns.form.terms[t].scale / data.target[i];
    }
    grams[static_cast<std::size_t>(data.bucket(i))].add(x, 1);
  }
  return grams;
}

Gram sum_of(std::span<const Gram> grams) {
  Gram all(grams.front().columns());
  for (const Gram& gram : grams) all += gram;
  return all;
}

// "flop and byte proportional, 0.67 flop/byte".
std::string merge_note(const Columns& columns, const Separation::Part& part) {
  const Term& carrier = columns[part.carrier];
  std::string note;
  for (const auto& merged : part.merged) {
    const Term& other = columns[merged.other];
    if (!note.empty()) note += "; ";
    if (merged.ratio > 0) {
      note +=
          fmt::format("{} and {} proportional, {:.3g} {}/{}", other.quantity, carrier.quantity,
                      merged.ratio * carrier.scale / other.scale, other.quantity, carrier.quantity);
    } else {
      note += fmt::format("{} is a sum of the others here", other.quantity);
    }
  }
  return note;
}

Coefficient make_coefficient(const Columns& columns, const Separation::Part& part,
                             const Estimate& estimate, std::size_t index) {
  const Term& carrier = columns[part.carrier];
  Coefficient coefficient{.carrier = std::string(carrier.name),
                          .unit = std::string(carrier.unit),
                          .value = estimate.values[index],
                          .low = estimate.low[index],
                          .high = estimate.high[index],
                          .interval_reason = std::isnan(estimate.low[index]) ? estimate.reason : "",
                          .at_bound = estimate.at_bound[index],
                          .note = merge_note(columns, part)};
  for (const int term : part.terms) {
    coefficient.terms.emplace_back(columns[term].name);
  }
  if (!estimate.covariance.empty()) {
    coefficient.standard_error =
        std::sqrt(estimate.covariance[index * estimate.values.size() + index]);
  }
  return coefficient;
}

void put_coefficients(LawFit& fit, const Columns& columns, const Separation& separation,
                      const Estimate& result) {
  for (std::size_t i = 0; i < separation.parts.size(); ++i) {
    fit.law.coefficients.push_back(make_coefficient(columns, separation.parts[i], result, i));
  }
  fit.law.covariance = result.covariance;
  fit.law.covariance_reason = result.covariance.empty() ? result.reason : "";
  fit.law.error_fit = std::sqrt(result.residual / fit.law.records);
  fit.sensitivity = result.sensitivity;
}

// Separates the columns that are fitted.
Separation separate_fitted(const Gram& all, std::span<const int> fitted) {
  Separation separation = separate(all.select(fitted));
  for (Separation::Part& part : separation.parts) {  // back to all columns
    part.carrier = fitted[static_cast<std::size_t>(part.carrier)];
    for (int& term : part.terms) term = fitted[static_cast<std::size_t>(term)];
    for (auto& merged : part.merged) merged.other = fitted[static_cast<std::size_t>(merged.other)];
  }
  return separation;
}

// Puts the shared coefficient before the fitted ones, with its block of the covariance.
void put_shared_first(LawFit& fit, const Term& term, const SharedStatic& shared,
                      const std::vector<double>& covariance) {
  const std::size_t p = fit.law.coefficients.size();
  fit.law.coefficients.insert(fit.law.coefficients.begin(),
                              Coefficient{.terms = {std::string(term.name)},
                                          .carrier = std::string(term.name),
                                          .unit = std::string(term.unit),
                                          .value = shared.value,
                                          .standard_error = std::sqrt(shared.variance),
                                          .low = shared.low,
                                          .high = shared.high,
                                          .interval_reason = shared.reason,
                                          .shared = true});
  fit.sensitivity.insert(fit.sensitivity.begin(), 1);
  if (covariance.empty()) return;
  fit.law.covariance.assign((p + 1) * (p + 1), 0);
  for (std::size_t i = 0; i <= p; ++i) {
    for (std::size_t j = 0; j <= p; ++j) {
      fit.law.covariance[i * (p + 1) + j] =
          i > 0 && j > 0 ? covariance[(i - 1) * p + j - 1]
                         : shared.variance * fit.sensitivity[i] * fit.sensitivity[j];
    }
  }
}

// How one form is fitted: to which columns, and what of them is known from elsewhere.
struct Plan {
  Columns columns;
  const KnownColumn* known = nullptr;  // null: nothing is known

  // The columns whose coefficients are not known.
  [[nodiscard]] std::vector<int> fitted() const {
    std::vector<int> fitted;
    for (int c = 0; c < columns.count(); ++c) {
      if (known == nullptr || c != known->column) fitted.push_back(c);
    }
    return fitted;
  }
};

// Weights of a fit to `gram`. Fewer shapes may separate fewer columns.
Weights solve(const Plan& plan, Gram gram, std::span<const int> fitted) {
  const ModelForm& form = plan.columns.form;
  Weights weights(form.terms.size(), 0);
  if (plan.known != nullptr) {
    gram = gram.less(plan.known->column, plan.known->value);
    weights[plan.columns.term(plan.known->column)] = plan.known->value;
  }
  std::vector<int> carriers(fitted.begin(), fitted.end());
  if (!form.basis) carriers = separate_fitted(gram, fitted).carriers();
  const Solution solution = solve_nonnegative(gram.select(carriers));
  for (std::size_t c = 0; c < carriers.size(); ++c) {
    weights[plan.columns.term(carriers[c])] = solution.values[c];
  }
  for (std::size_t t = 0; t < weights.size(); ++t) weights[t] *= form.terms[t].scale;
  return weights;
}

// Fits that leave out one fold each, and what they say of it.
void cross_validate(LawFit& fit, const Plan& plan, const LawData& data, std::span<const Gram> grams,
                    std::span<const int> fitted) {
  std::vector<Gram> folds(static_cast<std::size_t>(data.folds), Gram(plan.columns.count()));
  for (std::size_t b = 0; b < grams.size(); ++b) {
    folds[static_cast<std::size_t>(data.fold_of_bucket[b])] += grams[b];
  }
  for (std::size_t left_out = 0; left_out < folds.size(); ++left_out) {
    Gram train(plan.columns.count());
    for (std::size_t f = 0; f < folds.size(); ++f) {
      if (f != left_out) train += folds[f];
    }
    fit.fold_weights.push_back(solve(plan, std::move(train), fitted));
  }
  for (std::size_t i = 0; i < data.samples.size(); ++i) {
    const Weights& weights = fit.fold_weights[static_cast<std::size_t>(data.fold(i))];
    fit.predicted.push_back(evaluate(plan.columns.form, weights, data.asked(i)));
  }
}

// The samples of the smaller shapes, by what they cost, and of the others.
struct BySize {
  std::vector<std::size_t> small{}, large{};
};

BySize split_by_size(const LawData& data) {
  constexpr double kSmallShare = 2.0 / 3;
  constexpr std::size_t kBySizeMax = 100'000;  // samples; more do not move an error
  const double cut = quantile(data.target, kSmallShare);
  std::vector<bool> in_small(static_cast<std::size_t>(data.shapes), false);
  for (std::size_t i = 0; i < data.samples.size(); ++i) {
    if (data.target[i] <= cut) in_small[static_cast<std::size_t>(data.shape[i])] = true;
  }
  BySize split;
  const std::size_t step = 1 + data.samples.size() / kBySizeMax;
  for (std::size_t i = 0; i < data.samples.size(); i += step) {
    const bool small = in_small[static_cast<std::size_t>(data.shape[i])];
    (small ? split.small : split.large).push_back(i);
  }
  return split;
}

// How far off a fit to the smaller problems is on the larger: what an interval outside the hull
// rests on.
void measure_larger(LawFit& fit, const ModelForm& form, const SharedStatic* shared,
                    const LawData& data) {
  const BySize split = split_by_size(data);
  if (split.small.size() < 3 || split.large.empty()) return;
  Plan plan{supported_columns(form, data, split.small)};
  KnownColumn known{.column = plan.columns.named("static")};
  if (shared != nullptr && known.column >= 0) {
    known.value = shared->value;
    plan.known = &known;
  }
  const Gram gram = sum_of(gather(plan.columns, data, split.small));
  const Weights weights = solve(plan, gram, plan.fitted());
  std::vector<double> scores, errors;
  std::vector<int> groups;
  for (const std::size_t i : split.large) {
    const double predicted = evaluate(form, weights, data.asked(i));
    const double difference = std::abs(predicted - data.target[i]);
    errors.push_back(difference / data.target[i]);
    scores.push_back(predicted > 0 ? difference / predicted
                                   : std::numeric_limits<double>::infinity());
    groups.push_back(data.shape[i]);
  }
  score_larger(fit, scores, errors, groups);
}

// A basis: its coefficients above zero, without intervals.
void put_basis(LawFit& fit, const Columns& columns, const Gram& all) {
  Law& law = fit.law;
  const Solution solution = solve_nonnegative(all);
  std::vector<int> active;
  for (int c = 0; c < columns.count(); ++c) {
    const double value = solution.values[static_cast<std::size_t>(c)];
    if (!(value > 0)) continue;
    active.push_back(c);
    law.coefficients.push_back({.terms = {std::string(columns[c].name)},
                                .carrier = std::string(columns[c].name),
                                .unit = std::string(columns[c].unit),
                                .value = value,
                                .interval_reason = "of a basis: means nothing apart"});
  }
  law.covariance_reason = "a basis: its terms overlap on purpose";
  law.error_fit = std::sqrt(solution.residual / law.records);
  law.condition_number = collinearity(all.select(active)).condition_number;
  law.condition_number_unmerged = law.condition_number;
  fit.sensitivity.assign(law.coefficients.size(), 0);
}

// Tells the columns apart, and puts their coefficients with intervals. Returns the carriers.
std::vector<int> put_separated(LawFit& fit, const Plan& plan, const SharedStatic* shared,
                               std::span<const Gram> grams, const BootstrapOptions& options) {
  const Separation separation = separate_fitted(sum_of(grams), plan.fitted());
  fit.law.condition_number = separation.condition_number;
  fit.law.condition_number_unmerged = separation.condition_number_unmerged;
  std::vector<int> carriers = separation.carriers();
  if (carriers.empty()) return carriers;
  const Estimate result = estimate(grams, carriers, plan.known, options);
  put_coefficients(fit, plan.columns, separation, result);
  if (plan.known != nullptr) {
    put_shared_first(fit, plan.columns[plan.known->column], *shared, result.covariance);
  }
  return carriers;
}

}  // namespace

double evaluate(const ModelForm& form, const Weights& weights, const Features& features) {
  double sum = 0;
  for (std::size_t t = 0; t < weights.size(); ++t) {
    if (weights[t] != 0) sum += weights[t] * form.quantity(features, t);
  }
  return sum;
}

LawFit fit_law(const ModelForm& form, const LawData& data, const SharedStatic* shared,
               const BootstrapOptions& options) {
  LawFit fit;
  fit.candidate.form = form.name;
  fit.candidate.version = form.version;
  fit.law.form = &form;
  fit.law.records = static_cast<int>(data.samples.size());
  fit.law.shapes = data.shapes;
  fit.law.conformal.shapes = data.shapes;
  std::vector<std::size_t> samples(data.samples.size());
  std::iota(samples.begin(), samples.end(), std::size_t{0});
  Plan plan{supported_columns(form, data, samples)};
  KnownColumn known{.column = plan.columns.named("static")};
  if (shared != nullptr && known.column >= 0) {
    known = {known.column, shared->value, shared->variance};
    plan.known = &known;
  }
  const std::vector<Gram> grams = gather(plan.columns, data, samples);
  std::vector<int> fitted = plan.fitted();
  if (form.basis) {
    put_basis(fit, plan.columns, sum_of(grams));
  } else if (!fitted.empty()) {
    fitted = put_separated(fit, plan, shared, grams, options);
  }
  fit.candidate.coefficients = static_cast<int>(fitted.size());
  if (fit.law.coefficients.empty()) {
    fit.candidate.reason = "every quantity of the form is zero in these records";
    return fit;
  }
  fit.weights = solve(plan, sum_of(grams), fitted);
  if (data.folds == 0) {
    fit.candidate.reason = fmt::format("n too small: {} shape{}, 3 needed to leave one out",
                                       data.shapes, data.shapes == 1 ? "" : "s");
  } else {
    cross_validate(fit, plan, data, grams, fitted);
    measure_larger(fit, form, shared, data);
  }
  score(fit, data);
  return fit;
}

}  // namespace ergon
