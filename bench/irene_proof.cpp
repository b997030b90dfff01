// What tables fitted to IrEne's published measurements predict of shapes that the fit never saw:
// errors, coverage of the intervals, and beside them what FLOPs alone give and what was published.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <exception>

#include <fmt/format.h>

#include "analysis/foreign/irene_results.h"
#include "bench/held_out.h"
#include "bench/whole_models_proof.h"

namespace ergon {
namespace {

struct Options {
  std::string folder, device = "IrEne device 1", networks = ERGON_NETWORKS;
  bool quick = false;
};

// Published with IrEne for device 1: with the measured time and GPU energy of the target.
constexpr double kPublishedPrimitives = 0.0070;
constexpr double kGoalUnseen = 0.05, kGoalLarger = 0.04, kGoalCoverage = 0.80;
constexpr double kLargerQuantile = 0.7;

std::string percent(double share) {
  return std::isnan(share) ? "-" : fmt::format("{:.2f}", 100 * share);
}

void print_head() {
  fmt::print("  {:<14} {:>6} {:>7} {:>7} {:>7} {:>11} {:>9} {:>6}\n", "family", "n", "mean %",
             "median", "p95", "FLOPs alone", "covered %", "of n");
}

void print_line(const std::string& name, const Errors& errors) {
  fmt::print("  {:<14} {:>6} {:>7} {:>7} {:>7} {:>11} {:>9} {:>6}\n", name, errors.count,
             percent(errors.mean), percent(errors.median), percent(errors.p95),
             percent(errors.baseline_mean), percent(errors.coverage), errors.with_interval);
}

// Prints one split; returns the least coverage of a family.
double print_split(const HoldOut& held) {
  print_head();
  double worst = 1;
  for (const auto& [family, predictions] : by_family(held.predictions)) {
    const Errors errors = errors_of(predictions);
    print_line(family, errors);
    if (errors.with_interval > 0) worst = std::min(worst, errors.coverage);
  }
  print_line("all", errors_of(held.predictions));
  fmt::print("  shapes fitted {}, tested {}, in both {}\n\n", held.shapes_train, held.shapes_test,
             held.shapes_shared);
  return worst;
}

// Every record predicted once, by a table that has not seen its shape.
HoldOut cross_validate(const Results& results, int folds, std::uint64_t seed) {
  const std::vector<int> fold = fold_by_shape(results, folds, seed);
  HoldOut all;
  for (int f = 0; f < folds; ++f) {
    std::vector<bool> tested;
    for (const int of_record : fold) tested.push_back(of_record == f);
    const HoldOut held = hold_out(results, tested, seed);
    all.predictions.insert(all.predictions.end(), held.predictions.begin(), held.predictions.end());
    all.shapes_train = std::max(all.shapes_train, held.shapes_train);
    all.shapes_test += held.shapes_test;
    all.shapes_shared += held.shapes_shared;
  }
  return all;
}

// The records of one model in two, every other one: does the result hang on a few of them?
Results half_of(const Results& results, std::uint64_t half) {
  Results part{
      .runs = results.runs, .idle = {}, .records = {}, .foreign_kernels = results.foreign_kernels};
  for (std::size_t i = 0; i < results.records.size(); ++i) {
    if (i % 2 == half) part.records.push_back(results.records[i]);
  }
  return part;
}

void print_stability(const Results& results) {
  fmt::print("the same, split otherwise (mean error %, worst coverage of a family %):\n");
  const auto line = [](const std::string& name, const HoldOut& held) {
    double worst = 1;
    for (const auto& [family, predictions] : by_family(held.predictions)) {
      const Errors errors = errors_of(predictions);
      if (errors.with_interval > 0) worst = std::min(worst, errors.coverage);
    }
    fmt::print("  {:<44} {:>6} {:>7}\n", name, percent(errors_of(held.predictions).mean),
               percent(worst));
  };
  for (const std::uint64_t seed : {2, 3, 4}) {
    line(fmt::format("10 folds, seed {}", seed), cross_validate(results, 10, seed));
  }
  line("4 folds", cross_validate(results, 4, 1));
  for (const std::uint64_t half : {0, 1}) {
    line(fmt::format("every other measurement, {} of 2", half + 1),
         cross_validate(half_of(results, half), 10, 1));
  }
  for (const double quantile : {0.5, 0.8}) {
    line(fmt::format("larger: above the {:.0f} % quantile of shapes", 100 * quantile),
         hold_out(results, larger_shapes(results, quantile), 1));
  }
  fmt::print("\n");
}

// A family's largest energy over its smallest.
double span_of(const std::vector<HeldOut>& predictions) {
  const auto [low, high] = std::ranges::minmax(predictions, {}, &HeldOut::measured);
  return high.measured / low.measured;
}

bool print_control(Results results, const HoldOut& sane, int folds) {
  permute_energies(results, 1);
  const HoldOut mad = cross_validate(results, folds, 1);
  const double ratio = errors_of(mad.predictions).mean / errors_of(sane.predictions).mean;
  bool explodes = ratio >= 5;
  fmt::print("control: energies permuted among the shapes of each family\n");
  for (const auto& [family, predictions] : by_family(mad.predictions)) {
    const double span = span_of(predictions), error = errors_of(predictions).mean;
    fmt::print("  {:<14} error {:>8} %, energies span {:.0f}x\n", family, percent(error), span);
    if (span > 10) explodes = explodes && error > 0.5;
  }
  fmt::print("  pooled error {} %, {:.0f} times the unpermuted\n\n",
             percent(errors_of(mad.predictions).mean), ratio);
  return explodes;
}

bool verdict(std::string_view what, double value, double goal, bool at_least = false) {
  const bool met = at_least ? value >= goal : value <= goal;
  fmt::print("{:<52} {:>7} %   goal {} {} %: {}\n", what, percent(value),
             at_least ? ">=" : "<=", percent(goal), met ? "met" : "MISSED");
  return met;
}

int run(const Options& options) {
  const irene::Measurements measurements = irene::read(options.folder);
  const Results results = irene::to_results(measurements, options.device);
  fmt::print("{}: {} distinct measurements of primitives ({} rows of all levels)\n", options.folder,
             results.records.size(), measurements.rows);
  for (const std::string& line : measurements.left_out) fmt::print("left out: {}\n", line);
  fmt::print("from shapes only: nothing of a run of the target is used\n\n");
  const int folds = options.quick ? 4 : 10;
  fmt::print("unseen shapes: {} folds over shapes\n", folds);
  const HoldOut unseen = cross_validate(results, folds, 1);
  const double unseen_worst = print_split(unseen);
  fmt::print("larger shapes: fitted to the smaller {:.0f} % of each family's shapes\n",
             100 * kLargerQuantile);
  const HoldOut larger = hold_out(results, larger_shapes(results, kLargerQuantile), 1);
  const double larger_worst = print_split(larger);
  if (!options.quick) print_stability(results);
  const bool explodes = print_control(results, unseen, folds);
  fmt::print(
      "published by IrEne for device 1, with the target's measured time and GPU energy: {} "
      "%\n",
      percent(kPublishedPrimitives));
  bool met = verdict("primitives, unseen shapes, mean error", errors_of(unseen.predictions).mean,
                     kGoalUnseen);
  met &= verdict("primitives, larger shapes, mean error", errors_of(larger.predictions).mean,
                 kGoalLarger);
  met &= verdict("unseen shapes, least coverage of a family", unseen_worst, kGoalCoverage, true);
  met &= verdict("larger shapes, least coverage of a family", larger_worst, kGoalCoverage, true);
  met &= unseen.shapes_shared + larger.shapes_shared == 0;
  fmt::print("shapes on both sides of a split: {}\n", unseen.shapes_shared + larger.shapes_shared);
  fmt::print("control explodes (5 times, and 50 % where energies span 10x): {}\n",
             explodes ? "yes" : "NO");
  fmt::print("\n");
  met &= prove_whole_models(measurements, {.networks = options.networks, .quick = options.quick})
             .value_or(true);
  return met && explodes ? 0 : 1;
}

}  // namespace
}  // namespace ergon

int main(int argc, char** argv) {
  CLI::App app{"what tables fitted to IrEne's measurements predict of unseen shapes"};
  ergon::Options options;
  app.add_option("folder", options.folder, "with ml1_, ml2_, module_ and model_level_features.csv")
      ->required();
  app.add_option("--device", options.device, "name of the machine they were measured on")
      ->capture_default_str();
  app.add_option("--networks", options.networks, "folder with a file for each model")
      ->capture_default_str();
  app.add_flag("--quick", options.quick, "4 folds, without the other splits");
  CLI11_PARSE(app, argc, argv);
  try {
    return ergon::run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "ergon_irene_proof: {}\n", error.what());
    return 2;
  }
}
