#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/energy_table.h"
#include "analysis/interval.h"
#include "analysis/sample.h"

namespace ergon {

// What the forms of one target are fitted to: the samples of one key.
struct LawData {
  std::span<const Sample* const> samples{};
  std::vector<double> target{};    // joules or seconds per launch
  std::vector<Seconds> elapsed{};  // measured; what a law is identified with
  // By a time law that has not seen the shape; empty: too few shapes.
  std::vector<Seconds> elapsed_predicted{};
  std::vector<int> fold{};  // of each sample's shape; empty: too few shapes
  int folds = 0;
};

// W static of the device block, for forms with a term "static".
struct SharedStatic {
  double value = 0;
  double variance = 0;  // NaN where it has no interval
  double low = kAbsent, high = kAbsent;
  std::string reason{};  // why it has none
};

struct LawFit {
  Law law{};  // without candidates
  Candidate candidate{};
  // Per sample, by fits that have not seen its shape; empty: too few shapes.
  std::vector<double> predicted{};
  // d coefficient / d shared static, per coefficient of the law.
  std::vector<double> sensitivity{};
};

// Relative-weighted, non-negative least squares of one form, and its cross-validation.
[[nodiscard]] LawFit fit_law(const ModelForm& form, const LawData& data, const SharedStatic* shared,
                             const BootstrapOptions& options);

// Index of the form that the one-standard-error rule takes: of those within one standard error of
// the best mean error, the one with fewest coefficients, the earlier of two alike. A baseline is
// taken only where it beats all others by more than that.
[[nodiscard]] std::size_t choose(std::span<const LawFit> fits);

}  // namespace ergon
