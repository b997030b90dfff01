#include "analysis/fit_table.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "analysis/device_fit.h"
#include "analysis/hull.h"
#include "analysis/law_fit.h"
#include "analysis/statistics.h"
#include "kernels/error.h"

namespace ergon {

namespace {

constexpr int kShapesMin = 3;  // fewer cannot be split into folds that each leave a fit

// A fold for each sample, the same for all samples of a shape; shapes are dealt in a seeded order.
std::vector<int> deal_folds(std::span<const Sample* const> samples, const FitOptions& options,
                            int& folds) {
  std::set<int> distinct;
  for (const Sample* sample : samples) distinct.insert(sample->shape);
  if (static_cast<int>(distinct.size()) < kShapesMin) {
    folds = 0;
    return {};
  }
  std::vector<int> shapes(distinct.begin(), distinct.end());
  Random random(options.seed);
  for (std::size_t i = shapes.size() - 1; i > 0; --i) {
    std::swap(shapes[i], shapes[random.below(i + 1)]);
  }
  folds = std::min(options.folds, static_cast<int>(shapes.size()));
  std::map<int, int> fold_of;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    fold_of[shapes[i]] = static_cast<int>(i) % folds;
  }
  std::vector<int> result;
  for (const Sample* sample : samples) result.push_back(fold_of[sample->shape]);
  return result;
}

std::vector<LawFit> fit_forms(Target target, const LawData& data, const SharedStatic* shared,
                              const BootstrapOptions& options) {
  std::vector<LawFit> fits;
  for (const ModelForm* form : model_form::all()) {
    if (form->target == target) fits.push_back(fit_law(*form, data, shared, options));
  }
  return fits;
}

Law take(std::vector<LawFit>& fits, std::size_t chosen) {
  fits[chosen].candidate.chosen = true;
  Law law = std::move(fits[chosen].law);
  for (LawFit& fit : fits) law.candidates.push_back(std::move(fit.candidate));
  return law;
}

int device_of(const EnergyTable& table, const TableKey& key) {
  for (std::size_t d = 0; d < table.devices.size(); ++d) {
    const DeviceBlock& block = table.devices[d];
    if (block.device == key.device && block.boundary == key.boundary &&
        block.threads == key.threads) {
      return static_cast<int>(d);
    }
  }
  return -1;
}

SharedStatic shared_static(const DeviceBlock& block) {
  const auto at = static_cast<std::size_t>(block.static_entry);
  const Coefficient& coefficient = block.entries[at].coefficient;
  return {.value = coefficient.value,
          .variance = coefficient.standard_error * coefficient.standard_error,
          .low = coefficient.low,
          .high = coefficient.high,
          .reason = coefficient.interval_reason};
}

// How each coefficient of a row moves with every entry of the block: only through W static.
std::vector<double> cross_covariance(const DeviceBlock& block,
                                     std::span<const double> sensitivity) {
  const std::size_t entries = block.entries.size();
  const auto row = static_cast<std::size_t>(block.static_entry);
  std::vector<double> result;
  if (block.covariance.empty()) return result;
  for (const double slope : sensitivity) {
    for (std::size_t j = 0; j < entries; ++j) {
      result.push_back(slope * block.covariance[row * entries + j]);
    }
  }
  return result;
}

std::vector<const Problem*> problems_of(std::span<const Sample* const> samples) {
  std::vector<const Problem*> problems;
  for (const Sample* sample : samples) problems.push_back(sample->problem);
  return problems;
}

EnergyTable::Row fit_row(const EnergyTable& table, const TableKey& key,
                         std::span<const Sample* const> samples, const FitOptions& options) {
  const BootstrapOptions bootstrap{options.seed, options.resamples};
  EnergyTable::Row row{
      .key = key, .hull = make_hull(problems_of(samples)), .device = device_of(table, key)};
  LawData data{.samples = samples};
  data.fold = deal_folds(samples, options, data.folds);
  for (const Sample* sample : samples) {
    data.target.push_back(sample->time.value);
    data.elapsed.push_back(sample->time);
  }
  std::vector<LawFit> times = fit_forms(Target::time, data, nullptr, bootstrap);
  const std::size_t time = choose(times);
  for (const double seconds : times[time].predicted) data.elapsed_predicted.push_back({seconds});
  row.time = take(times, time);

  data.target.clear();
  for (const Sample* sample : samples) data.target.push_back(sample->energy.value);
  SharedStatic shared;
  const DeviceBlock* block =
      row.device >= 0 ? &table.devices[static_cast<std::size_t>(row.device)] : nullptr;
  const bool share = block != nullptr && block->static_entry >= 0;
  if (share) shared = shared_static(*block);
  std::vector<LawFit> energies =
      fit_forms(Target::energy, data, share ? &shared : nullptr, bootstrap);
  const std::size_t energy = choose(energies);
  const std::vector<double> sensitivity = energies[energy].sensitivity;
  row.energy = take(energies, energy);
  const bool has_shared = std::ranges::any_of(row.energy.coefficients, &Coefficient::shared);
  if (has_shared) row.cross_covariance = cross_covariance(*block, sensitivity);
  return row;
}

}  // namespace

EnergyTable fit_table(const SampleSet& set, const FitOptions& options) {
  EnergyTable table{.energy = set.energy,
                    .source = set.source,
                    .notes = set.notes,
                    .devices = fit_devices(set, {options.seed, options.resamples}),
                    .runs = set.runs,
                    .records = static_cast<int>(set.samples.size()),
                    .records_hash = set.records_hash};
  std::map<TableKey, std::vector<const Sample*>> by_key;
  for (const Sample& sample : set.samples) {
    if (is_probe(sample)) continue;
    by_key[set.keys[static_cast<std::size_t>(sample.key)]].push_back(&sample);
  }
  for (const auto& [key, samples] : by_key) {
    table.rows.push_back(fit_row(table, key, samples, options));
  }
  return table;
}

}  // namespace ergon
