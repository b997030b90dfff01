#include "bench/whole_models_proof.h"

#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "analysis/statistics.h"
#include "bench/whole_models.h"

namespace ergon {
namespace {

// Published for device 1, leave one model out, with the target's measured time and GPU energy.
constexpr double kPublishedModels = 6.74;
constexpr double kGoalMean = 0.03, kGoalP95 = 0.07;

using Predicted = std::vector<PredictedModel>;

struct Study {
  const irene::Measurements& measurements;
  irene::Networks& networks;
  const std::string& proxy;

  [[nodiscard]] Predicted over(const std::vector<ModelFold>& folds) const {
    Predicted all;
    for (const ModelFold& fold : folds) {
      const Predicted some = predict_models(measurements, networks, fold, proxy);
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }
  [[nodiscard]] int shared(const std::vector<ModelFold>& folds) const {
    int most = 0;
    for (const ModelFold& fold : folds) {
      most = std::max(most, shapes_shared(measurements, networks, fold));
    }
    return most;
  }
};

std::string pair_of(const ModelErrors& errors) {
  return fmt::format("{:.2f} / {:.2f}", 100 * errors.mean, 100 * errors.p95);
}

void print_line(const std::string& name, const Predicted& predicted, int shared) {
  fmt::print("  {:<34} {:>4} {:>6}", name, predicted.size(),
             shared < 0 ? "" : fmt::format("{}", shared));
  for (const auto way : {&PredictedModel::flops, &PredictedModel::sum, &PredictedModel::primitives,
                         &PredictedModel::modules, &PredictedModel::models}) {
    fmt::print(" {:>14}", pair_of(errors_of(predicted, way)));
  }
  fmt::print("\n");
}

void print_head() {
  fmt::print("  {:<34} {:>4} {:>6} {:>14} {:>14} {:>14} {:>14} {:>14}\n", "mean / p95 error, %",
             "n", "shared", "FLOPs alone", "plain sum", "primitives", "+ modules", "+ models");
}

void print_models(const Predicted& predicted) {
  std::map<std::string, Predicted> by_model;
  for (const PredictedModel& model : predicted) by_model[model.model].push_back(model);
  for (const auto& [name, models] : by_model) print_line("  " + name, models, -1);
}

// Every k-th measurement left out of the primitives and modules, in a seeded order.
irene::Measurements thinned(const irene::Measurements& measurements, std::uint64_t seed) {
  irene::Measurements part;
  SplitMix random(seed);
  for (const irene::Measurement& measurement : measurements.all) {
    const bool keeps = measurement.level == irene::Level::model || random.uniform() < 0.5;
    if (keeps) part.all.push_back(measurement);
  }
  return part;
}

irene::Measurements disturbed(irene::Measurements measurements, double noise, double scale) {
  SplitMix random(1);
  for (irene::Measurement& measurement : measurements.all) {
    measurement.energy = scale * (1 + noise * random.normal()) * measurement.energy;
  }
  return measurements;
}

void print_stability(const Study& study) {
  fmt::print("\nleave one model out, with other measurements:\n");
  const auto line = [&](const std::string& name, const irene::Measurements& measurements) {
    const Study other{measurements, study.networks, study.proxy};
    print_line(name, other.over(leave_one_model_out(measurements)), -1);
  };
  line("half of primitives and modules, 1", thinned(study.measurements, 1));
  line("half of primitives and modules, 2", thinned(study.measurements, 2));
  line("every energy off by 2 % noise", disturbed(study.measurements, 0.02, 1));
  line("every energy times 1000", disturbed(study.measurements, 0, 1000));
}

// Modules and models of a network without a file cannot be taken apart; their primitives can be
// fitted to all the same.
irene::Measurements with_networks(const irene::Measurements& measurements,
                                  const irene::Networks& networks) {
  irene::Measurements part;
  std::set<std::string> missing;
  for (const irene::Measurement& measurement : measurements.all) {
    if (measurement.level == irene::Level::primitive || networks.has(measurement.model)) {
      part.all.push_back(measurement);
    } else {
      missing.insert(measurement.model);
    }
  }
  for (const std::string& model : missing) {
    fmt::print("left out of the whole models: {}, which has no network file\n", model);
  }
  return part;
}

bool verdict(std::string_view what, double value, double goal) {
  fmt::print("{:<56} {:>6.2f} %   goal <= {:.0f} %: {}\n", what, 100 * value, 100 * goal,
             value <= goal ? "met" : "MISSED");
  return value <= goal;
}

}  // namespace

std::optional<bool> prove_whole_models(const irene::Measurements& all,
                                       const WholeModelsOptions& options) {
  irene::Networks networks(options.networks);
  const irene::Measurements measurements = with_networks(all, networks);
  if (leave_one_model_out(measurements).size() < 2) {
    fmt::print("whole models: not judged, as two models or more need a file in {}\n",
               options.networks);
    return std::nullopt;
  }
  const Study study{measurements, networks, options.proxy};
  fmt::print(
      "whole models, from names and sizes alone. Every operation of the network is priced:\n"
      "  primitives  those that were never measured (GELU, adds, masks, copies) at {}'s J/byte\n"
      "  + modules   calibrated on modules of models other than the target\n"
      "  + models    and on those models as a whole\n"
      "`shared`: shapes that are in training and in test\n",
      options.proxy);
  print_head();
  const std::vector<ModelFold> one_out = leave_one_model_out(measurements);
  const Predicted predicted = study.over(one_out);
  print_line("leave one model out", predicted, study.shared(one_out));
  print_models(predicted);
  if (!options.quick) {
    const auto line = [&](const std::string& name, const std::vector<ModelFold>& folds) {
      print_line(name, study.over(folds), study.shared(folds));
    };
    line("other family", swap_families(measurements, networks));
    line("train small, test large", {split_by_size(measurements, Larger::tested)});
    line("train large, test small", {split_by_size(measurements, Larger::trained)});
    line("no shape in common, one model out", leave_shapes_out(measurements, networks, 4));
    print_stability(study);
  }
  fmt::print(
      "\npublished by IrEne for device 1, leave one model out: {} %, with the target's "
      "measured time\nand GPU energy\n",
      kPublishedModels);
  const ModelErrors without = errors_of(predicted, &PredictedModel::modules);
  const ModelErrors with = errors_of(predicted, &PredictedModel::models);
  bool met =
      verdict("whole models, no whole model's energy seen, mean error", without.mean, kGoalMean);
  met &= verdict("whole models, no whole model's energy seen, p95", without.p95, kGoalP95);
  met &= verdict("whole models, calibrated on the others too, mean error", with.mean, kGoalMean);
  met &= verdict("whole models, calibrated on the others too, p95", with.p95, kGoalP95);
  return met;
}

}  // namespace ergon
