#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "harness/record/results.h"

namespace ergon {

// A record predicted by a table that was fitted without its shape.
struct HeldOut {
  std::string family{};                                   // the primitive's name
  double measured = 0, predicted = 0, low = 0, high = 0;  // joules; the interval's ends may be NaN
  double baseline = 0;  // by one J/FLOP of the training records; NaN where the family has no FLOPs
  bool extrapolated = false;
};

struct HoldOut {
  std::vector<HeldOut> predictions{};
  int shapes_train = 0, shapes_test = 0, shapes_shared = 0;  // shared: in both; zero, and counted
};

// What of a problem decides its work: two records of one text are one shape. The extents but a
// vocabulary's, which no work depends on.
[[nodiscard]] std::string shape_text(const Problem& problem);

// Fits a table to the records that are not `tested` and predicts those that are, through the same
// fit_table and Predictor that `ergon fit` and `ergon predict` use. `seed` is of the fit.
[[nodiscard]] HoldOut hold_out(const Results& results, const std::vector<bool>& tested,
                               std::uint64_t seed);

// Splits. All give one flag a record and put every shape on one side.
// Folds dealt over the shapes in a seeded order: fold of each record.
[[nodiscard]] std::vector<int> fold_by_shape(const Results& results, int folds, std::uint64_t seed);
// Of each family the shapes whose work (FLOPs, else bytes) is above this quantile of its shapes.
[[nodiscard]] std::vector<bool> larger_shapes(const Results& results, double quantile);

// Swaps the joules and seconds of the records of each family: shapes explain nothing any more.
void permute_energies(Results& results, std::uint64_t seed);

// Errors of predictions: mean, median and 95th percentile of |predicted / measured - 1|; the share
// within their intervals, of those that have one.
struct Errors {
  int count = 0, with_interval = 0;
  double mean = 0, median = 0, p95 = 0, coverage = 0;
  double baseline_mean = 0;  // NaN where none has a baseline
};
[[nodiscard]] Errors errors_of(std::span<const HeldOut> predictions);
[[nodiscard]] std::map<std::string, std::vector<HeldOut>> by_family(
    std::span<const HeldOut> predictions);

}  // namespace ergon
