#include "analysis/device_fit.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "analysis/separation.h"
#include "kernels/error.h"

namespace ergon {

namespace {

constexpr double kStraddle = 1.25;  // this much over a level's capacity it still serves most of it
constexpr double kPico = 1e-12;     // coefficients are in pJ/flop and pJ/byte

using DeviceKey = std::tuple<std::string, std::string, int>;  // device, boundary, threads

// One column of the joint fit: what an entry of the block is made from.
struct Column {
  std::string term{}, kernel{}, dtypes{}, fill{}, level{};
  auto operator<=>(const Column&) const = default;
};

struct Probe {
  const Sample* sample;
  const TableKey* key;
  int column;  // of its FLOPs or bytes; 0 where it has W static alone
};

std::string_view primitive_name(const Sample& sample) { return sample.problem->primitive->name; }

std::string text_of(double bytes) {
  if (bytes >= 1 << 20) return fmt::format("{:.4g} MiB", bytes / (1 << 20));
  return fmt::format("{:.4g} KiB", bytes / 1024);
}

// Builds the normal equations of one device's probes.
class DeviceFit {
 public:
  DeviceFit(const SampleSet& set, const DeviceKey& key) : set_(set) {
    block_.device = std::get<0>(key);
    block_.boundary = std::get<1>(key);
    block_.threads = std::get<2>(key);
    block_.source = set.source;
    columns_.push_back({.term = "static"});
  }

  void add(const Sample& sample) {
    const TableKey& key = set_.keys[static_cast<std::size_t>(sample.key)];
    const bool idle = primitive_name(sample) == "idle";
    Column column{.term = sample.work.flops > 0 ? "flop" : "byte",
                  .kernel = key.kernel,
                  .dtypes = table_key_field(key, "dtypes"),
                  .fill = key.fill};
    if (!idle && column.term == "byte" && !find_level(sample, key, column)) return;
    probes_.push_back({&sample, &key, idle ? 0 : column_of(column)});
  }

  DeviceBlock finish(const BootstrapOptions& options) {
    block_.records = static_cast<int>(probes_.size());
    if (probes_.empty()) {
      block_.covariance_reason = "n too small: no usable probe record";
      return block_;
    }
    const std::vector<Gram> grams = gather();
    Gram all(static_cast<int>(columns_.size()));
    for (const Gram& gram : grams) all += gram;
    const Separation separation = separate(all);
    const std::vector<int> carriers = separation.carriers();
    const Estimate result = estimate(grams, carriers, nullptr, options);
    for (std::size_t i = 0; i < carriers.size(); ++i) add_entry(separation.parts[i], result, i);
    block_.covariance = result.covariance;
    block_.covariance_reason = result.covariance.empty() ? result.reason : "";
    block_.condition_number = separation.condition_number;
    block_.error_fit = std::sqrt(result.residual / static_cast<double>(all.rows()));
    return block_;
  }

 private:
  bool find_level(const Sample& sample, const TableKey& key, Column& column) {
    const auto caches = set_.caches.find(key.device);
    if (caches == set_.caches.end() || caches->second.empty()) return true;  // one J/byte for all
    std::string why_not;
    const auto bytes = static_cast<double>(sample.work.bytes());
    column.level = memory_level(caches->second, key.threads, bytes, key.cold, why_not);
    if (column.level.empty()) {
      block_.left_out.push_back(fmt::format("{} over {}: {}", key.kernel, text_of(bytes), why_not));
    }
    return !column.level.empty();
  }

  int column_of(const Column& column) {
    const auto found = std::ranges::find(columns_, column);
    if (found != columns_.end()) return static_cast<int>(found - columns_.begin());
    columns_.push_back(column);
    return static_cast<int>(columns_.size()) - 1;
  }

  // One group per record: probe records differ in what they measure, not only in shape.
  std::vector<Gram> gather() {
    std::vector<Gram> grams;
    for (const Probe& probe : probes_) {
      std::vector<double> x(columns_.size(), 0);
      const double joules = probe.sample->energy.value;
      x[0] = probe.sample->time.value / joules;
      if (probe.column > 0) {
        const Work& work = probe.sample->work;
        const auto count = static_cast<double>(work.flops > 0 ? work.flops : work.bytes());
        x[static_cast<std::size_t>(probe.column)] = kPico * count / joules;
      }
      grams.emplace_back(static_cast<int>(columns_.size())).add(x, 1);
    }
    return grams;
  }

  void add_entry(const Separation::Part& part, const Estimate& result, std::size_t i) {
    const Column& carrier = columns_[static_cast<std::size_t>(part.carrier)];
    Coefficient coefficient{.carrier = carrier.term,
                            .unit = carrier.term == "static" ? "W" : "pJ/" + carrier.term,
                            .value = result.values[i],
                            .low = result.low[i],
                            .high = result.high[i],
                            .interval_reason = std::isnan(result.low[i]) ? result.reason : "",
                            .at_bound = result.at_bound[i]};
    for (const int term : part.terms) {
      coefficient.terms.push_back(columns_[static_cast<std::size_t>(term)].term);
    }
    if (part.terms.size() > 1) {
      coefficient.note = "W static cannot be told apart; add the idle probe to the sweep";
    } else if (carrier.term == "static") {
      block_.static_entry = static_cast<int>(block_.entries.size());
    }
    if (!result.covariance.empty()) {
      coefficient.standard_error = std::sqrt(result.covariance[i * result.values.size() + i]);
    }
    block_.entries.push_back({.coefficient = std::move(coefficient),
                              .kernel = carrier.kernel,
                              .dtypes = carrier.dtypes,
                              .fill = carrier.fill,
                              .level = carrier.level});
  }

  const SampleSet& set_;
  DeviceBlock block_;
  std::vector<Column> columns_;
  std::vector<Probe> probes_;
};

}  // namespace

bool is_probe(const Sample& sample) { return sample.problem->primitive->probe; }

std::vector<DeviceBlock> fit_devices(const SampleSet& set, const BootstrapOptions& options) {
  std::map<DeviceKey, std::vector<const Sample*>> groups;
  for (const Sample& sample : set.samples) {
    if (!is_probe(sample)) continue;
    const TableKey& key = set.keys[static_cast<std::size_t>(sample.key)];
    groups[{key.device, key.boundary, key.threads}].push_back(&sample);
  }
  std::vector<DeviceBlock> blocks;
  for (auto& [key, samples] : groups) {
    // Small before large, so that the entries go from the smallest level to memory.
    std::ranges::stable_sort(samples, {}, [](const Sample* sample) {
      return std::tuple(sample->problem->primitive->name, sample->work.bytes());
    });
    DeviceFit fit(set, key);
    for (const Sample* sample : samples) fit.add(*sample);
    blocks.push_back(fit.finish(options));
  }
  return blocks;
}

std::string memory_level(std::span<const CacheLevel> caches, int threads, double bytes, bool cold,
                         std::string& why_not) {
  if (cold) return "memory";
  double smaller = 0;
  std::string_view smaller_name;
  const bool gpu = threads == 0;
  for (const CacheLevel& cache : caches) {
    // A GPU's first level is empty when a launch begins.
    if (gpu && cache.name == "L1") continue;
    const int instances = std::max(cache.instances, 1);
    const double capacity =
        static_cast<double>(cache.bytes_each) * (gpu ? instances : std::min(threads, instances));
    if (bytes > capacity) {
      smaller = capacity;
      smaller_name = cache.name;
      continue;
    }
    if (bytes < kStraddle * smaller) break;
    return cache.name;
  }
  if (bytes >= kStraddle * smaller) return "memory";
  why_not = fmt::format("just above {} ({})", smaller_name, text_of(smaller));
  return "";
}

}  // namespace ergon
