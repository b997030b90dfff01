#include "bench/whole_models.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "analysis/fit_table.h"
#include "analysis/foreign/irene_results.h"
#include "analysis/network/calibration.h"
#include "analysis/statistics.h"
#include "kernels/error.h"

namespace ergon {
namespace {

using irene::Level;
using irene::Measurement;
using irene::Measurements;

struct Sum {
  MeasuredSum measured{};
  double flops = 0;
};

EnergyTable fit_primitives(const Measurements& measurements, const std::vector<bool>& train) {
  Measurements part;
  for (std::size_t i = 0; i < measurements.all.size(); ++i) {
    const Measurement& measurement = measurements.all[i];
    if (train[i] && measurement.level == Level::primitive) part.all.push_back(measurement);
  }
  if (part.all.empty()) throw Error("whole models: no primitives to fit a table to");
  const Results results = irene::to_results(part, "device");
  return fit_table(make_samples({&results, 1}, EnergyKind::gross));
}

// Every primitive that the build knows: a table's rows are looked up once.
PriceList price_list(const EnergyTable& table, const std::string& proxy) {
  std::vector<const Primitive*> primitives;
  for (const Primitive* primitive : primitive::all()) {
    if (!primitive->probe) primitives.push_back(primitive);
  }
  return {table, primitives, {.proxy = proxy}};
}

Sum sum_of(const irene::Composition& composition, const PriceList& prices, double energy_j) {
  Sum sum{.measured = {.energy_j = energy_j}};
  for (const irene::Launches& launches : composition) {
    const Work work = launches.problem.primitive->work(launches.problem);
    sum.flops += launches.count * static_cast<double>(work.flops);
    sum.measured.parts += parts_of(prices, launches.problem, launches.count);
  }
  return sum;
}

// Joules per FLOP with the least squares of relative errors; NaN of no sums.
double joules_per_flop(std::span<const Sum> sums) {
  double first = 0, second = 0;
  for (const Sum& sum : sums) {
    const double ratio = sum.flops / sum.measured.energy_j;
    first += ratio;
    second += ratio * ratio;
  }
  return first / second;
}

std::int64_t tokens_of(const Measurement& measurement) {
  return measurement.batch * measurement.sequence;
}

bool is_model(const Measurement& measurement) { return measurement.level == Level::model; }

std::set<std::string> models_of(const Measurements& measurements) {
  std::set<std::string> models;
  for (const Measurement& measurement : measurements.all) {
    if (is_model(measurement)) models.insert(measurement.model);
  }
  return models;
}

// A fold that trains where `trains` says so and tests models where `tests` does.
template <class Trains, class Tests>
ModelFold fold_where(const Measurements& measurements, const Trains& trains, const Tests& tests) {
  ModelFold fold;
  for (const Measurement& measurement : measurements.all) {
    fold.train.push_back(trains(measurement));
    fold.test.push_back(is_model(measurement) && tests(measurement));
  }
  return fold;
}

// What of a problem decides its work; a vocabulary does not.
std::string shape_of(const Problem& problem) {
  std::string shape(problem.primitive->name);
  for (std::size_t a = 0; a < problem.extents.size(); ++a) {
    if (problem.primitive->axes[a] != "vocabulary") shape += fmt::format(" {}", problem.extents[a]);
  }
  return shape;
}

std::set<std::string> shapes_of(const Measurement& measurement, irene::Networks& networks) {
  if (measurement.level == Level::primitive) return {shape_of(irene::problem_of(measurement))};
  std::set<std::string> shapes;
  for (const irene::Launches& launches : networks.composition(measurement)) {
    shapes.insert(shape_of(launches.problem));
  }
  return shapes;
}

std::set<std::string> tested_shapes(const Measurements& measurements, irene::Networks& networks,
                                    const ModelFold& fold) {
  std::set<std::string> shapes;
  for (std::size_t i = 0; i < measurements.all.size(); ++i) {
    if (fold.test[i]) shapes.merge(shapes_of(measurements.all[i], networks));
  }
  return shapes;
}

bool any_of(const std::set<std::string>& shapes, const std::set<std::string>& among) {
  return std::any_of(shapes.begin(), shapes.end(),
                     [&](const std::string& shape) { return among.contains(shape); });
}

}  // namespace

std::vector<PredictedModel> predict_models(const Measurements& measurements,
                                           irene::Networks& networks, const ModelFold& fold,
                                           const std::string& proxy) {
  const EnergyTable table = fit_primitives(measurements, fold.train);
  const PriceList prices = price_list(table, proxy);
  std::vector<MeasuredSum> modules, models;
  std::vector<Sum> for_flops;
  std::map<std::string, int> groups;
  for (std::size_t i = 0; i < measurements.all.size(); ++i) {
    const Measurement& measurement = measurements.all[i];
    if (!fold.train[i] || measurement.level == Level::primitive) continue;
    const irene::Composition composition = networks.composition(measurement);
    if (composition.empty()) continue;
    Sum sum = sum_of(composition, prices, measurement.energy.value);
    const std::string name = measurement.model + ":" + measurement.type;
    sum.measured.group = groups.try_emplace(name, static_cast<int>(groups.size())).first->second;
    (is_model(measurement) ? models : modules).push_back(sum.measured);
    if (is_model(measurement)) for_flops.push_back(sum);
  }
  const Calibration by_modules = calibrate(modules);
  models.insert(models.end(), modules.begin(), modules.end());
  const Calibration by_models = calibrate(models);
  const double per_flop = joules_per_flop(for_flops);
  std::vector<PredictedModel> predicted;
  for (std::size_t i = 0; i < measurements.all.size(); ++i) {
    if (!fold.test[i]) continue;
    const Measurement& measurement = measurements.all[i];
    const Sum sum = sum_of(networks.composition(measurement), prices, 1);
    const PricedParts& parts = sum.measured.parts;
    predicted.push_back({.model = measurement.model,
                         .measured = measurement.energy.value,
                         .flops = per_flop * sum.flops,
                         .sum = parts.measured_j,
                         .primitives = parts.measured_j + parts.streamed_j + parts.permuted_j,
                         .modules = by_modules.energy(parts),
                         .models = by_models.energy(parts)});
  }
  return predicted;
}

int shapes_shared(const Measurements& measurements, irene::Networks& networks,
                  const ModelFold& fold) {
  const std::set<std::string> tested = tested_shapes(measurements, networks, fold);
  std::set<std::string> shared;
  for (std::size_t i = 0; i < measurements.all.size(); ++i) {
    if (!fold.train[i]) continue;
    for (const std::string& shape : shapes_of(measurements.all[i], networks)) {
      if (tested.contains(shape)) shared.insert(shape);
    }
  }
  return static_cast<int>(shared.size());
}

std::vector<ModelFold> leave_one_model_out(const Measurements& measurements) {
  std::vector<ModelFold> folds;
  for (const std::string& model : models_of(measurements)) {
    folds.push_back(fold_where(
        measurements, [&](const Measurement& m) { return m.model != model; },
        [&](const Measurement& m) { return m.model == model; }));
  }
  return folds;
}

std::vector<ModelFold> swap_families(const Measurements& measurements, irene::Networks& networks) {
  std::vector<ModelFold> folds;
  for (const NetworkKind tested : {NetworkKind::encoder, NetworkKind::decoder}) {
    folds.push_back(fold_where(
        measurements, [&](const Measurement& m) { return networks.kind(m.model) != tested; },
        [&](const Measurement& m) { return networks.kind(m.model) == tested; }));
  }
  return folds;
}

ModelFold split_by_size(const Measurements& measurements, Larger larger) {
  std::vector<double> tokens;
  for (const Measurement& measurement : measurements.all) {
    if (is_model(measurement)) tokens.push_back(static_cast<double>(tokens_of(measurement)));
  }
  const double median = quantile(tokens, 0.5);
  const auto is_tested = [&](const Measurement& m) {
    return (static_cast<double>(tokens_of(m)) > median) == (larger == Larger::tested);
  };
  return fold_where(
      measurements, [&](const Measurement& m) { return !is_tested(m); }, is_tested);
}

std::vector<ModelFold> leave_shapes_out(const Measurements& measurements, irene::Networks& networks,
                                        int parts) {
  std::set<std::pair<std::int64_t, std::int64_t>> sizes;
  for (const Measurement& m : measurements.all) {
    if (is_model(m)) sizes.insert({m.batch, m.sequence});
  }
  const auto part_of = [&](const Measurement& m) {
    const auto at = sizes.find({m.batch, m.sequence});
    return at == sizes.end() ? -1 : static_cast<int>(std::distance(sizes.begin(), at)) % parts;
  };
  std::vector<std::set<std::string>> shapes;
  for (const Measurement& m : measurements.all) shapes.push_back(shapes_of(m, networks));
  std::vector<ModelFold> folds;
  for (const std::string& model : models_of(measurements)) {
    for (int part = 0; part < parts; ++part) {
      ModelFold fold = fold_where(
          measurements, [&](const Measurement& m) { return m.model != model; },
          [&](const Measurement& m) { return m.model == model && part_of(m) == part; });
      const std::set<std::string> tested = tested_shapes(measurements, networks, fold);
      for (std::size_t i = 0; i < shapes.size(); ++i) {
        if (any_of(shapes[i], tested)) fold.train[i] = false;
      }
      folds.push_back(std::move(fold));
    }
  }
  return folds;
}

ModelErrors errors_of(std::span<const PredictedModel> predicted, double PredictedModel::*way) {
  std::vector<double> errors;
  double sum = 0;
  for (const PredictedModel& model : predicted) {
    errors.push_back(std::abs(model.*way / model.measured - 1));
    sum += errors.back();
  }
  return {.mean = sum / static_cast<double>(errors.size()), .p95 = quantile(errors, 0.95)};
}

}  // namespace ergon
