#include "bench/held_out.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "analysis/fit_table.h"
#include "analysis/predict.h"
#include "analysis/statistics.h"
#include "kernels/error.h"

namespace ergon {

namespace {

std::string family_of(const Record& record) {
  return std::string(record.point.problem.primitive->name);
}

double joules_of(const Record& record) {
  const Window& window = record.windows.at(0);
  return window.energy.at(0).gross.value / window.launches;
}

double flops_of(const Record& record) {
  const Problem& problem = record.point.problem;
  return static_cast<double>(problem.primitive->work(problem).flops);
}

double size_of(const Record& record) {
  const Problem& problem = record.point.problem;
  const Work work = problem.primitive->work(problem);
  return static_cast<double>(work.flops > 0 ? work.flops : work.bytes());
}

// One J/FLOP per family: least squares of relative errors.
std::map<std::string, double> joules_per_flop(const Results& train) {
  std::map<std::string, std::pair<double, double>> sums;
  for (const Record& record : train.records) {
    const double x = flops_of(record) / joules_of(record);
    sums[family_of(record)].first += x;
    sums[family_of(record)].second += x * x;
  }
  std::map<std::string, double> result;
  for (const auto& [family, sum] : sums) {
    result[family] = sum.second > 0 ? sum.first / sum.second : kAbsent;
  }
  return result;
}

}  // namespace

std::string shape_text(const Problem& problem) {
  std::string text(problem.primitive->name);
  for (std::size_t a = 0; a < problem.extents.size(); ++a) {
    if (problem.primitive->axes[a] == "vocabulary") continue;
    text += fmt::format(" {}={}", problem.primitive->axes[a], problem.extents[a]);
  }
  return text;
}

HoldOut hold_out(const Results& results, const std::vector<bool>& tested, std::uint64_t seed) {
  ERGON_ASSERT(tested.size() == results.records.size());
  Results train{.runs = results.runs, .idle = {}, .records = {}, .foreign_kernels = {}};
  std::set<std::string> trained, test;
  for (std::size_t i = 0; i < tested.size(); ++i) {
    const Record& record = results.records[i];
    (tested[i] ? test : trained).insert(shape_text(record.point.problem));
    if (!tested[i]) train.records.push_back(record);
  }
  HoldOut held{.shapes_train = static_cast<int>(trained.size()),
               .shapes_test = static_cast<int>(test.size())};
  for (const std::string& shape : test) held.shapes_shared += trained.contains(shape) ? 1 : 0;
  const EnergyTable table = fit_table(make_samples({&train, 1}, EnergyKind::gross), {.seed = seed});
  std::map<std::string, Predictor> predictors;
  for (const EnergyTable::Row& row : table.rows) {
    predictors.try_emplace(row.key.kernel, Predictor(row));
  }
  const std::map<std::string, double> per_flop = joules_per_flop(train);
  for (std::size_t i = 0; i < tested.size(); ++i) {
    if (!tested[i]) continue;
    const Record& record = results.records[i];
    const auto predictor = predictors.find(kernel_id(*record.point.kernel));
    if (predictor == predictors.end()) {
      throw Error(
          fmt::format("hold out: no record of {} is left to fit", kernel_id(*record.point.kernel)));
    }
    const Prediction prediction = predictor->second(record.point.problem);
    held.predictions.push_back({.family = family_of(record),
                                .measured = joules_of(record),
                                .predicted = prediction.energy.value,
                                .low = prediction.low.value,
                                .high = prediction.high.value,
                                .baseline = per_flop.at(family_of(record)) * flops_of(record),
                                .extrapolated = prediction.extrapolated});
  }
  return held;
}

std::vector<int> fold_by_shape(const Results& results, int folds, std::uint64_t seed) {
  std::map<std::string, std::set<std::string>> shapes;  // of each family
  for (const Record& record : results.records) {
    shapes[family_of(record)].insert(shape_text(record.point.problem));
  }
  SplitMix random(seed);
  std::map<std::string, int> fold_of;
  for (const auto& [family, texts] : shapes) {
    std::vector<std::string> order(texts.begin(), texts.end());
    for (std::size_t i = order.size() - 1; i > 0; --i) {
      std::swap(order[i], order[random.below(i + 1)]);
    }
    for (std::size_t i = 0; i < order.size(); ++i) {
      fold_of[order[i]] = static_cast<int>(i) % folds;
    }
  }
  std::vector<int> result;
  for (const Record& record : results.records) {
    result.push_back(fold_of.at(shape_text(record.point.problem)));
  }
  return result;
}

std::vector<bool> larger_shapes(const Results& results, double probability) {
  std::map<std::string, std::map<std::string, double>> sizes;
  for (const Record& record : results.records) {
    sizes[family_of(record)][shape_text(record.point.problem)] = size_of(record);
  }
  std::map<std::string, double> cut;
  for (const auto& [family, shapes] : sizes) {
    std::vector<double> values;
    for (const auto& [shape, size] : shapes) values.push_back(size);
    cut[family] = quantile(std::move(values), probability);
  }
  std::vector<bool> tested;
  for (const Record& record : results.records) {
    tested.push_back(size_of(record) > cut.at(family_of(record)));
  }
  return tested;
}

void permute_energies(Results& results, std::uint64_t seed) {
  std::map<std::string, std::vector<std::size_t>> families;
  for (std::size_t i = 0; i < results.records.size(); ++i) {
    families[family_of(results.records[i])].push_back(i);
  }
  SplitMix random(seed);
  for (const auto& [family, records] : families) {
    for (std::size_t i = records.size() - 1; i > 0; --i) {
      Record& a = results.records[records[i]];
      Record& b = results.records[records[random.below(i + 1)]];
      std::swap(a.windows, b.windows);
      std::swap(a.times, b.times);
    }
  }
}

Errors errors_of(std::span<const HeldOut> predictions) {
  Errors errors{.count = static_cast<int>(predictions.size())};
  if (predictions.empty()) return errors;
  std::vector<double> relative;
  double baseline = 0, baselines = 0, held = 0;
  for (const HeldOut& one : predictions) {
    relative.push_back(std::abs(one.predicted / one.measured - 1));
    errors.mean += relative.back() / errors.count;
    if (std::isfinite(one.low)) {
      ++errors.with_interval;
      held += one.low <= one.measured && one.measured <= one.high;
    }
    if (std::isfinite(one.baseline)) {
      baseline += std::abs(one.baseline / one.measured - 1);
      ++baselines;
    }
  }
  errors.median = quantile(relative, 0.5);
  errors.p95 = quantile(relative, 0.95);
  errors.coverage = errors.with_interval > 0 ? held / errors.with_interval : kAbsent;
  errors.baseline_mean = baselines > 0 ? baseline / baselines : kAbsent;
  return errors;
}

std::map<std::string, std::vector<HeldOut>> by_family(std::span<const HeldOut> predictions) {
  std::map<std::string, std::vector<HeldOut>> families;
  for (const HeldOut& one : predictions) families[one.family].push_back(one);
  return families;
}

}  // namespace ergon
