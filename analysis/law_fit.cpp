#include "analysis/law_fit.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "analysis/separation.h"
#include "analysis/statistics.h"
#include "kernels/error.h"

namespace ergon {

namespace {

constexpr int kBucketsMax = 1000;  // groups that normal equations are kept for

int term_index(const ModelForm& form, std::string_view name) {
  for (std::size_t t = 0; t < form.terms.size(); ++t) {
    if (form.terms[t].name == name) return static_cast<int>(t);
  }
  return -1;
}

// Joules (or seconds) per unit of each coefficient.
void features(const ModelForm& form, const Sample& sample, Seconds elapsed, std::span<double> out) {
  form.quantities(*sample.problem, sample.work, elapsed, out);
  for (std::size_t t = 0; t < out.size(); ++t) out[t] *= form.terms[t].scale;
}

// Normal equations by group: with few shapes one group is one shape, else shapes share groups.
std::vector<Gram> gather(const ModelForm& form, const LawData& data,
                         const std::function<int(std::size_t)>& group_of) {
  std::vector<Gram> grams;
  std::vector<double> x(form.terms.size());
  for (std::size_t i = 0; i < data.samples.size(); ++i) {
    const auto group = static_cast<std::size_t>(group_of(i));
    while (grams.size() <= group) grams.emplace_back(static_cast<int>(x.size()));
    features(form, *data.samples[i], data.elapsed[i], x);
    for (double& value : x) value /= data.target[i];
    grams[group].add(x, 1);
  }
  return grams;
}

std::vector<int> shape_groups(const LawData& data, int& shapes) {
  std::map<int, int> seen;
  std::vector<int> groups;
  for (const Sample* sample : data.samples) {
    groups.push_back(seen.try_emplace(sample->shape, static_cast<int>(seen.size())).first->second);
  }
  shapes = static_cast<int>(seen.size());
  return groups;
}

// "flop and byte proportional, 0.67 flop/byte".
std::string merge_note(const ModelForm& form, const Separation::Part& part) {
  const Term& carrier = form.terms[static_cast<std::size_t>(part.carrier)];
  std::string note;
  for (const auto& merged : part.merged) {
    const Term& other = form.terms[static_cast<std::size_t>(merged.other)];
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

Coefficient make_coefficient(const ModelForm& form, const Separation::Part& part,
                             const Estimate& estimate, std::size_t index) {
  const Term& carrier = form.terms[static_cast<std::size_t>(part.carrier)];
  Coefficient coefficient{.carrier = std::string(carrier.name),
                          .unit = std::string(carrier.unit),
                          .value = estimate.values[index],
                          .low = estimate.low[index],
                          .high = estimate.high[index],
                          .interval_reason = std::isnan(estimate.low[index]) ? estimate.reason : "",
                          .at_bound = estimate.at_bound[index],
                          .note = merge_note(form, part)};
  for (const int term : part.terms) {
    coefficient.terms.emplace_back(form.terms[static_cast<std::size_t>(term)].name);
  }
  if (!estimate.covariance.empty()) {
    coefficient.standard_error =
        std::sqrt(estimate.covariance[index * estimate.values.size() + index]);
  }
  return coefficient;
}

void put_coefficients(LawFit& fit, const Separation& separation, const Estimate& result) {
  for (std::size_t i = 0; i < separation.parts.size(); ++i) {
    fit.law.coefficients.push_back(make_coefficient(*fit.law.form, separation.parts[i], result, i));
  }
  fit.law.covariance = result.covariance;
  fit.law.covariance_reason = result.covariance.empty() ? result.reason : "";
  fit.law.error_fit = std::sqrt(result.residual / fit.law.records);
  fit.sensitivity = result.sensitivity;
}

// Separates all columns but one that is known from elsewhere (-1: none).
Separation separate_fitted(std::span<const Gram> grams, int known) {
  Gram all(grams.front().columns());
  for (const Gram& gram : grams) all += gram;
  std::vector<int> columns;
  for (int c = 0; c < all.columns(); ++c) {
    if (c != known) columns.push_back(c);
  }
  Separation separation = separate(all.select(columns));
  for (Separation::Part& part : separation.parts) {  // back to the form's columns
    part.carrier = columns[static_cast<std::size_t>(part.carrier)];
    for (int& term : part.terms) term = columns[static_cast<std::size_t>(term)];
    for (auto& merged : part.merged) merged.other = columns[static_cast<std::size_t>(merged.other)];
  }
  return separation;
}

std::string conformal_reason(int shapes) {
  return fmt::format("n too small: {} shape{}, 9 needed for 90 %", shapes, shapes == 1 ? "" : "s");
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

// Predicts every sample with a fit to the other folds.
std::vector<double> predict_left_out(const ModelForm& form, const LawData& data,
                                     std::span<const int> carriers, const KnownColumn* known) {
  const std::vector<Gram> by_fold = gather(form, data, [&](std::size_t i) { return data.fold[i]; });
  std::vector<std::vector<double>> weights;  // per fold and term
  for (std::size_t left_out = 0; left_out < by_fold.size(); ++left_out) {
    Gram train(static_cast<int>(form.terms.size()));
    for (std::size_t f = 0; f < by_fold.size(); ++f) {
      if (f != left_out) train += by_fold[f];
    }
    std::vector<double>& weight = weights.emplace_back(form.terms.size(), 0);
    if (known != nullptr) {
      train = train.less(known->column, known->value);
      weight[static_cast<std::size_t>(known->column)] = known->value;
    }
    // Fewer shapes may separate fewer terms.
    const Separation separation = separate(train.select(carriers));
    std::vector<int> columns;
    for (const int carrier : separation.carriers()) {
      columns.push_back(carriers[static_cast<std::size_t>(carrier)]);
    }
    const Solution solution = solve_nonnegative(train.select(columns));
    for (std::size_t c = 0; c < columns.size(); ++c) {
      weight[static_cast<std::size_t>(columns[c])] = solution.values[c];
    }
  }
  std::vector<double> predicted(data.samples.size(), 0), x(form.terms.size());
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const Seconds elapsed =
        data.elapsed_predicted.empty() ? data.elapsed[i] : data.elapsed_predicted[i];
    features(form, *data.samples[i], elapsed, x);
    const std::vector<double>& weight = weights[static_cast<std::size_t>(data.fold[i])];
    for (std::size_t t = 0; t < x.size(); ++t) predicted[i] += weight[t] * x[t];
  }
  return predicted;
}

void score(LawFit& fit, const LawData& data, std::span<const int> groups, int shapes) {
  std::vector<double> errors, scores, sums(static_cast<std::size_t>(shapes), 0);
  std::vector<int> counts(static_cast<std::size_t>(shapes), 0);
  double total = 0;
  for (std::size_t i = 0; i < fit.predicted.size(); ++i) {
    const double difference = std::abs(fit.predicted[i] - data.target[i]);
    errors.push_back(difference / data.target[i]);
    scores.push_back(fit.predicted[i] > 0 ? difference / fit.predicted[i]
                                          : std::numeric_limits<double>::infinity());
    sums[static_cast<std::size_t>(groups[i])] += errors.back();
    ++counts[static_cast<std::size_t>(groups[i])];
    total += errors.back();
  }
  Candidate& candidate = fit.candidate;
  candidate.error_mean = total / static_cast<double>(errors.size());
  candidate.error_median = quantile(errors, 0.5);
  candidate.error_p95 = quantile(errors, 0.95);
  double squares = 0, mean = 0;
  for (std::size_t g = 0; g < sums.size(); ++g) mean += sums[g] / counts[g] / shapes;
  for (std::size_t g = 0; g < sums.size(); ++g) squares += std::pow(sums[g] / counts[g] - mean, 2);
  candidate.standard_error = std::sqrt(squares / (shapes - 1.0) / shapes);
  Conformal& conformal = fit.law.conformal;
  const double radius = grouped_conformal_radius(scores, groups, conformal.level);
  if (std::isfinite(radius)) {
    conformal.radius = radius;
  } else if (std::isinf(radius)) {
    conformal.reason = "some shapes are predicted to cost nothing";
  } else {
    conformal.reason = conformal_reason(shapes);
  }
}

}  // namespace

LawFit fit_law(const ModelForm& form, const LawData& data, const SharedStatic* shared,
               const BootstrapOptions& options) {
  LawFit fit;
  fit.candidate.form = form.name;
  fit.candidate.version = form.version;
  fit.law.form = &form;
  fit.law.records = static_cast<int>(data.samples.size());
  const std::vector<int> groups = shape_groups(data, fit.law.shapes);
  fit.law.conformal.shapes = fit.law.shapes;
  const std::vector<Gram> grams =
      gather(form, data, [&](std::size_t i) { return groups[i] % kBucketsMax; });

  KnownColumn known{.column = term_index(form, "static")};
  const bool share = shared != nullptr && known.column >= 0;
  if (share) known = {known.column, shared->value, shared->variance};
  const Separation separation = separate_fitted(grams, share ? known.column : -1);
  const std::vector<int> carriers = separation.carriers();
  fit.candidate.coefficients = static_cast<int>(carriers.size());
  fit.law.condition_number = separation.condition_number;
  fit.law.condition_number_unmerged = separation.condition_number_unmerged;
  if (carriers.empty()) {
    fit.candidate.reason = "every quantity of the form is zero in these records";
    return fit;
  }
  const Estimate result = estimate(grams, carriers, share ? &known : nullptr, options);
  put_coefficients(fit, separation, result);
  if (share) {
    put_shared_first(fit, form.terms[static_cast<std::size_t>(known.column)], *shared,
                     result.covariance);
  }
  if (data.folds == 0) {
    fit.candidate.reason = fmt::format("n too small: {} shape{}, 3 needed to leave one out",
                                       fit.law.shapes, fit.law.shapes == 1 ? "" : "s");
    fit.law.conformal.reason = conformal_reason(fit.law.shapes);
    return fit;
  }
  fit.predicted = predict_left_out(form, data, carriers, share ? &known : nullptr);
  score(fit, data, groups, fit.law.shapes);
  return fit;
}

std::size_t choose(std::span<const LawFit> fits) {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t best = kNone, best_baseline = kNone, first = kNone;
  for (std::size_t i = 0; i < fits.size(); ++i) {
    if (fits[i].law.coefficients.empty()) continue;
    const bool baseline = fits[i].law.form->baseline;
    if (first == kNone || (fits[first].law.form->baseline && !baseline)) first = i;
    const double error = fits[i].candidate.error_mean;
    if (std::isnan(error)) continue;
    std::size_t& leader = baseline ? best_baseline : best;
    if (leader == kNone || error < fits[leader].candidate.error_mean) leader = i;
  }
  ERGON_ASSERT(first != kNone);
  if (best == kNone) return best_baseline == kNone ? first : best_baseline;
  const Candidate& leader = fits[best].candidate;
  if (best_baseline != kNone &&
      fits[best_baseline].candidate.error_mean < leader.error_mean - leader.standard_error) {
    return best_baseline;
  }
  std::size_t chosen = best;
  for (std::size_t i = 0; i < fits.size(); ++i) {
    const Candidate& candidate = fits[i].candidate;
    if (fits[i].law.coefficients.empty() || fits[i].law.form->baseline) continue;
    if (!(candidate.error_mean <= leader.error_mean + leader.standard_error)) continue;
    const int fewest = fits[chosen].candidate.coefficients;
    if (candidate.coefficients < fewest || (candidate.coefficients == fewest && i < chosen)) {
      chosen = i;
    }
  }
  return chosen;
}

}  // namespace ergon
