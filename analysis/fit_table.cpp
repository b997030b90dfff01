#include "analysis/fit_table.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <map>
#include <utility>

#include "analysis/device_fit.h"
#include "analysis/hull.h"
#include "analysis/law_fit.h"
#include "analysis/regime.h"
#include "kernels/error.h"

namespace ergon {

namespace {

constexpr std::size_t kThreadsFrom = 10'000;  // samples; fewer take less time than threads do

// Forms know nothing of each other: each is fitted by a thread of its own where there is much data.
std::vector<LawFit> fit_forms(Target target, const LawData& data, const SharedStatic* shared,
                              const BootstrapOptions& options) {
  const auto policy =
      data.samples.size() >= kThreadsFrom ? std::launch::async : std::launch::deferred;
  std::vector<std::future<LawFit>> fitting;
  for (const ModelForm* form : model_form::all()) {
    if (form->target != target) continue;
    fitting.push_back(
        std::async(policy, [=, &data] { return fit_law(*form, data, shared, options); }));
  }
  std::vector<LawFit> fits;
  for (std::future<LawFit>& fit : fitting) fits.push_back(fit.get());
  return fits;
}

// Whether the correction earns its place: better by more than one standard error of the difference
// between the two, over shapes.
bool earns_its_place(const LawFit& corrected, const LawFit& plain, const LawData& data) {
  if (corrected.predicted.empty()) return false;
  const auto shapes = static_cast<std::size_t>(data.shapes);
  std::vector<double> gain(shapes, 0), count(shapes, 0);
  for (std::size_t i = 0; i < data.samples.size(); ++i) {
    const auto shape = static_cast<std::size_t>(data.shape[i]);
    gain[shape] += (std::abs(plain.predicted[i] - data.target[i]) -
                    std::abs(corrected.predicted[i] - data.target[i])) /
                   data.target[i];
    ++count[shape];
  }
  double mean = 0, squares = 0;
  for (std::size_t s = 0; s < shapes; ++s) mean += (gain[s] /= count[s]) / data.shapes;
  for (std::size_t s = 0; s < shapes; ++s) squares += std::pow(gain[s] - mean, 2);
  return mean > std::sqrt(squares / (data.shapes - 1.0) / data.shapes);
}

// A law with the candidates it was chosen from, and how each coefficient moves with W static.
struct Chosen {
  LawFit fit{};
  std::vector<Candidate> candidates{};
};

Chosen choose_law(Target target, const LawData& data, const SharedStatic* shared,
                  const BootstrapOptions& options) {
  std::vector<LawFit> fits = fit_forms(target, data, shared, options);
  const std::size_t at = choose(fits);
  LawFit corrected = correct(fits[at], data);
  const bool use = earns_its_place(corrected, fits[at], data);
  Chosen chosen;
  for (std::size_t i = 0; i < fits.size(); ++i) {
    fits[i].candidate.chosen = i == at && !use;
    chosen.candidates.push_back(fits[i].candidate);
  }
  if (!corrected.predicted.empty()) {
    corrected.candidate.chosen = use;
    chosen.candidates.push_back(corrected.candidate);
  }
  chosen.fit = use ? std::move(corrected) : std::move(fits[at]);
  calibrate(chosen.fit, data);
  chosen.fit.law.candidates = chosen.candidates;
  return chosen;
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

EnergyTable::Row fit_row(const EnergyTable& table, const TableKey& key, const Machine& machine,
                         std::span<const Sample* const> samples, const FitOptions& options) {
  const BootstrapOptions bootstrap{options.seed, options.resamples};
  EnergyTable::Row row{.key = key,
                       .hull = make_hull(problems_of(samples)),
                       .machine = machine,
                       .device = device_of(table, key)};
  LawData data = make_law_data(samples, machine, {options.seed, options.folds});
  Chosen time = choose_law(Target::time, data, nullptr, bootstrap);
  row.time = std::move(time.fit.law);
  row.regimes = find_regimes(row, samples);
  data.elapsed_predicted = std::move(time.fit.predicted);

  for (std::size_t i = 0; i < samples.size(); ++i) data.target[i] = samples[i]->energy.value;
  SharedStatic shared;
  const DeviceBlock* block =
      row.device >= 0 ? &table.devices[static_cast<std::size_t>(row.device)] : nullptr;
  const bool share = block != nullptr && block->static_entry >= 0;
  if (share) shared = shared_static(*block);
  Chosen energy = choose_law(Target::energy, data, share ? &shared : nullptr, bootstrap);
  row.energy = std::move(energy.fit.law);
  const bool has_shared = std::ranges::any_of(row.energy.coefficients, &Coefficient::shared);
  if (has_shared) row.cross_covariance = cross_covariance(*block, energy.fit.sensitivity);
  return row;
}

}  // namespace

EnergyTable fit_table(const SampleSet& set, const FitOptions& options) {
  EnergyTable table{.energy = set.energy,
                    .source = set.source,
                    .notes = set.notes,
                    .devices = fit_devices(set, {options.seed, options.resamples}),
                    .runs = set.runs,
                    .campaigns = set.campaigns,
                    .records = static_cast<int>(set.samples.size()),
                    .records_hash = set.records_hash};
  std::vector<std::vector<const Sample*>> of_key(set.keys.size());
  for (const Sample& sample : set.samples) {
    of_key[static_cast<std::size_t>(sample.key)].push_back(&sample);
  }
  std::map<TableKey, std::vector<const Sample*>> by_key;
  for (std::size_t k = 0; k < of_key.size(); ++k) {
    if (of_key[k].empty() || is_probe(*of_key[k].front())) continue;
    by_key[set.keys[k]] = std::move(of_key[k]);
  }
  for (const auto& [key, samples] : by_key) {
    const auto caches = set.caches.find(key.device);
    const Machine machine =
        caches == set.caches.end() ? Machine{} : machine_of(caches->second, key.threads);
    table.rows.push_back(fit_row(table, key, machine, samples, options));
  }
  return table;
}

}  // namespace ergon
