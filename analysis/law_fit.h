#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/energy_table.h"
#include "analysis/interval.h"
#include "analysis/law_data.h"

namespace ergon {

// W static of the device block, for forms with a term "static".
struct SharedStatic {
  double value = 0;
  double variance = 0;  // NaN where it has no interval
  double low = kAbsent, high = kAbsent;
  std::string reason{};  // why it has none
};

// Joules (or seconds) per quantity, one number per term of the form.
using Weights = std::vector<double>;

struct LawFit {
  Law law{};  // without candidates
  Candidate candidate{};
  // Per sample, by fits that have not seen its shape; empty: too few shapes.
  std::vector<double> predicted{};
  // d coefficient / d shared static, per coefficient of the law.
  std::vector<double> sensitivity{};
  Weights weights{};                    // of the fit to all samples
  std::vector<Weights> fold_weights{};  // of the fits that leave out one fold each
  // Of the larger shapes by a fit to the smaller: |predicted - measured| / predicted, and the shape
  // of each. Empty where there are too few.
  std::vector<double> scores_larger{};
  std::vector<int> shapes_larger{};
};

// Relative-weighted, non-negative least squares of one form, and its cross-validation.
[[nodiscard]] LawFit fit_law(const ModelForm& form, const LawData& data, const SharedStatic* shared,
                             const BootstrapOptions& options);

[[nodiscard]] double evaluate(const ModelForm& form, const Weights& weights,
                              const Features& features);

// Errors of `fit.predicted` into its candidate.
void score(LawFit& fit, const LawData& data);
// The conformal radii of its law, with their coverage.
void calibrate(LawFit& fit, const LawData& data);

// The same of predictions of the larger shapes, which a fit to the smaller made: |predicted -
// measured| over predicted and over measured, and the shape of each.
void score_larger(LawFit& fit, std::span<const double> scores, std::span<const double> errors,
                  std::span<const int> shapes);

// The fit with a correction of what it leaves, scored in the same way: each fold's correction has
// not seen the fold. Empty predictions where there are too few shapes to tell a surface from noise.
[[nodiscard]] LawFit correct(const LawFit& fit, const LawData& data);

// Index of the form that the one-standard-error rule takes: of those within one standard error of
// the best, the one with fewest coefficients, the earlier of two alike. What is compared is the
// mean error on shapes left out plus that on larger ones: a table is asked for both. A baseline is
// taken only where it beats all others by more than that.
[[nodiscard]] std::size_t choose(std::span<const LawFit> fits);

}  // namespace ergon
