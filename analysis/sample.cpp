#include "analysis/sample.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analysis/features.h"
#include "harness/record/idle_baseline.h"
#include "harness/sha256.h"
#include "kernels/error.h"

namespace ergon {

namespace {

// Energy and time of one launch, from the windows of one record that count.
struct Metered {
  double energy = 0, time = 0, u_stat = kAbsent;
  int windows = 0;
  bool lacks_idle = false, idle_drifted = false;
};

Metered meter_record(const Record& record, int primary, EnergyKind kind,
                     const IdleBaseline& baseline) {
  Metered metered;
  std::vector<double> joules;
  double seconds = 0;
  for (const Window& window : record.windows) {
    if (window.invalid != 0 || !(window.launches > 0)) continue;
    const auto energy = std::ranges::find(window.energy, primary, &ChannelEnergy::channel);
    if (energy == window.energy.end() || !std::isfinite(energy->gross.value)) continue;
    double value = energy->gross.value;
    if (kind == EnergyKind::net) {
      const NetEnergy net = baseline.net(record.run, window, *energy);
      value = net.net.value;
      if (!std::isfinite(value)) {
        (net.rejected ? metered.idle_drifted : metered.lacks_idle) = true;
        continue;
      }
    }
    joules.push_back(value / window.launches);
    seconds += 1e-9 * static_cast<double>(window.end_ns - window.begin_ns) / window.launches;
  }
  const auto n = static_cast<double>(joules.size());
  metered.windows = static_cast<int>(joules.size());
  if (joules.empty()) return metered;
  for (const double value : joules) metered.energy += value / n;
  metered.time = seconds / n;
  double squares = 0;
  for (const double value : joules) squares += std::pow(value - metered.energy, 2);
  if (n > 1) metered.u_stat = std::sqrt(squares / (n - 1) / n);
  return metered;
}

double median(std::vector<Seconds> times) {
  if (times.empty()) return kAbsent;
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  return middle->value;
}

// Why a record is no sample, before its windows are looked at; empty where it may be one.
std::string unusable(const Record& record) {
  if (record.run_status != RunStatus::ok) return std::string(status_name(record.run_status));
  // What others measured, or nobody, was not checked here, and says so: not_run.
  const bool foreign = (record.energy_status == EnergyStatus::imported ||
                        record.energy_status == EnergyStatus::simulated) &&
                       record.check_status == CheckStatus::not_run;
  if (!foreign && record.check_status != CheckStatus::passed &&
      record.check_status != CheckStatus::sampled) {
    return fmt::format("check {}", status_name(record.check_status));
  }
  if (record.energy_status == EnergyStatus::unmeasured ||
      record.energy_status == EnergyStatus::invalid) {
    return fmt::format("energy {}", status_name(record.energy_status));
  }
  return "";
}

TableKey make_key(const Record& record, const RunInfo& run) {
  const Channel& primary = run.channels[static_cast<std::size_t>(run.primary_channel)];
  const Point& point = record.point;
  return {.device = run.device,
          .boundary = primary.domain,
          .source = primary.source,
          .kernel = kernel_id(*point.kernel),
          .dtypes = point.problem.dtypes,
          .threads = point.threads,
          .fill = fill_text(point.fill),
          .cold = point.cold,
          .weights_packed = point.weights_packed};
}

std::vector<CacheLevel> caches_of(const RunInfo& run) {
  std::vector<CacheLevel> caches;
  const auto provenance = nlohmann::json::parse(run.provenance, nullptr, false);
  if (!provenance.is_object() || !provenance.contains("device")) return caches;
  const auto& device = provenance["device"];
  if (!device.is_object() || !device.contains("caches")) return caches;
  for (const auto& level : device["caches"]) {
    if (!level.is_object()) continue;
    CacheLevel cache{.name = level.value("name", ""),
                     .bytes_each = level.value("bytes_each", std::size_t{0}),
                     .instances = level.value("instances", 1)};
    if (!cache.name.empty() && cache.bytes_each > 0) caches.push_back(std::move(cache));
  }
  return caches;
}

// What a key is made of, without the texts: a million records have a few dozen of these.
struct Condition {
  const RunInfo* run = nullptr;
  const Kernel* kernel = nullptr;
  Dtypes dtypes{};
  int threads = 0;
  Fill fill{};
  bool cold = false, weights_packed = false;
  auto operator<=>(const Condition&) const = default;
};

using ShapeKey = std::pair<const Primitive*, std::array<double, 8>>;

// The first 128 bits of a point's id: a million of them take 16 MB, their keys 200.
struct PointDigest {
  std::uint64_t high = 0, low = 0;
  auto operator<=>(const PointDigest&) const = default;
};

PointDigest digest_of(const Point& point) {
  const std::string id = point_id(point);
  PointDigest digest;
  const auto read = [&](std::size_t at, std::uint64_t& value) {
    std::from_chars(id.data() + at, id.data() + at + 16, value, 16);
  };
  read(0, digest.high);
  read(16, digest.low);
  return digest;
}

// A record: which point, in which run, as which of its repeats; or a point of one key.
struct DigestKey {
  PointDigest point{};
  int run_or_key = 0;
  int repetition = 0;
  auto operator<=>(const DigestKey&) const = default;
};
struct Hash {
  std::size_t operator()(const DigestKey& key) const {
    const auto run = static_cast<std::uint64_t>(key.run_or_key);
    const auto repetition = static_cast<std::uint64_t>(key.repetition);
    return static_cast<std::size_t>(key.point.high ^ (run << 32) ^
                                    (repetition * 0x9e3779b97f4a7c15));
  }
  std::size_t operator()(const ShapeKey& key) const {
    std::uint64_t sum = reinterpret_cast<std::uintptr_t>(key.first);
    for (const double value : key.second) {
      sum = (sum ^ std::bit_cast<std::uint64_t>(value)) * 0x9e3779b97f4a7c15;
      sum ^= sum >> 29;
    }
    return static_cast<std::size_t>(sum);
  }
};

// What the hash of the records is made of.
struct Used {
  PointDigest point{};
  int run = 0;  // index into the run ids, which are sorted last
  double time = 0, energy = 0;
};

// What the record beside it in the same place adds to its sample.
struct Addend {
  std::size_t sample = 0;
  double time_median = 0, u_stat = 0;
  double at_s = 0;  // the middle of its windows
};

double middle_s(const Record& record) {
  const auto begin_ns = static_cast<double>(record.windows.front().begin_ns);
  const auto end_ns = static_cast<double>(record.windows.back().end_ns);
  return (begin_ns + end_ns) / 2 * 1e-9;
}

// Collects samples one record at a time; the same point of the same key is one sample.
class Collector {
 public:
  explicit Collector(EnergyKind energy) { set_.energy = energy; }

  void add(const Results& results) {
    for (const RunInfo& run : results.runs) add_run(run);
    const IdleBaseline baseline(results);
    const std::size_t records = set_.samples.size() + results.records.size();
    points_.reserve(records);
    records_.reserve(records);
    used_.reserve(records);
    for (const Record& record : results.records) {
      add_record(record, results.runs.at(static_cast<std::size_t>(record.run)), baseline);
    }
  }

  SampleSet finish() {
    if (set_.samples.empty()) throw Error(explain_nothing());
    if (sources_.size() > 1) throw Error(explain_mix());
    set_.source = sources_.begin()->first;
    const CampaignFit campaigns = fit_campaigns(campaign_runs_, visits_);
    for (std::size_t i = 0; i < used_.size(); ++i) add_up(used_[i], addends_[i], campaigns);
    for (Sample& sample : set_.samples) settle(sample);
    put_in_order();
    set_.campaigns = campaigns.runs;
    std::ranges::sort(set_.campaigns, {}, [](const CampaignRun& run) {
      return std::tie(run.device, run.boundary, run.run);
    });
    set_.records_hash = hash_records();
    std::ranges::sort(set_.runs);
    set_.runs.erase(std::unique(set_.runs.begin(), set_.runs.end()), set_.runs.end());
    return std::move(set_);
  }

 private:
  void add_run(const RunInfo& run) {
    set_.runs.push_back({.id = run.id,
                         .sweep = run.sweep_name,
                         .device = run.device,
                         .started_utc = run.started_utc,
                         .protocol = run.protocol,
                         .build_hash = run.build_hash,
                         .kernels_hash = run.kernels_hash,
                         .versions = versions_of(run.provenance)});
    if (run.primary_channel < 0) {
      unmeasured_.insert(run.unmeasured_reason);
      return;
    }
    if (set_.caches[run.device].empty()) set_.caches[run.device] = caches_of(run);
    const std::string& note = run.channels.at(static_cast<std::size_t>(run.primary_channel)).note;
    if (!note.empty() && std::ranges::find(set_.notes, note) == set_.notes.end()) {
      set_.notes.push_back(note);
    }
  }

  void add_record(const Record& record, const RunInfo& run, const IdleBaseline& baseline) {
    std::string reason = unusable(record);
    if (reason.empty() && run.primary_channel < 0) reason = "energy unmeasured";
    Metered metered;
    if (reason.empty()) {
      metered = meter_record(record, run.primary_channel, set_.energy, baseline);
      if (metered.windows == 0) {
        reason = metered.idle_drifted ? "idle power changed over its block"
                 : metered.lacks_idle ? "no idle stretch to take net energy from"
                                      : "no valid window";
      } else if (!(metered.energy > 0) || !(metered.time > 0)) {
        reason = fmt::format("{} energy not above zero", energy_kind_name(set_.energy));
      }
    }
    if (!reason.empty()) {
      ++set_.left_out[reason];
      if (!record.reason.empty()) record_reasons_.insert(record.reason);
      return;
    }
    take(record, run, metered);
  }

  void take(const Record& record, const RunInfo& run, const Metered& metered) {
    const int key = key_index(record, run);
    ++sources_[set_.keys[static_cast<std::size_t>(key)].source];
    const PointDigest point = digest_of(record.point);
    const auto [run_id, fresh_run] =
        run_ids_.try_emplace(run.id, static_cast<int>(run_ids_.size()));
    const int run_index = run_id->second;
    if (fresh_run) {
      campaign_runs_.push_back({.run = run.id,
                                .device = run.device,
                                .boundary = set_.keys[static_cast<std::size_t>(key)].boundary});
    }
    // The same file given twice; a point that one run repeats is another record.
    if (!records_.insert({point, run_index, record.repetition}).second) return;
    used_.push_back({point, run_index, metered.time, metered.energy});
    const auto [at, fresh] = points_.try_emplace({point, key, 0}, set_.samples.size());
    if (fresh) {
      set_.samples.push_back({.key = key,
                              .problem = &record.point.problem,
                              .work = record.point.problem.primitive->work(record.point.problem),
                              .records = 0});
    }
    const double at_s = middle_s(record);
    addends_.push_back({at->second, median(record.times), metered.u_stat, at_s});
    Sample& sample = set_.samples[at->second];
    sample.windows += metered.windows;
    ++sample.records;
    if (!record.sentinel) return;
    const int sentinel =
        sentinels_.try_emplace(point, static_cast<int>(sentinels_.size())).first->second;
    visits_.push_back({run_index, sentinel, at_s, metered.energy, metered.time});
  }

  // Sums, until settle().
  void add_up(const Used& used, const Addend& addend, const CampaignFit& campaigns) {
    const auto run = static_cast<std::size_t>(used.run);
    const double energy = campaigns.energy[run].at(addend.at_s);
    const double time = campaigns.time[run].at(addend.at_s);
    Sample& sample = set_.samples[addend.sample];
    sample.time.value += used.time / time;
    sample.time_median.value += addend.time_median / time;
    sample.energy.value += used.energy / energy;
    sample.u_stat.value += (addend.u_stat / energy) * (addend.u_stat / energy);
  }

  int key_index(const Record& record, const RunInfo& run) {
    const Point& point = record.point;
    const Condition condition{&run,       point.kernel, point.problem.dtypes, point.threads,
                              point.fill, point.cold,   point.weights_packed};
    const auto [at, fresh] = conditions_.try_emplace(condition, -1);
    if (!fresh) return at->second;
    TableKey key = make_key(record, run);
    const auto [known, fresh_key] = keys_.try_emplace(key, static_cast<int>(set_.keys.size()));
    if (fresh_key) set_.keys.push_back(std::move(key));
    return at->second = known->second;
  }

  // The order of records in a file is that of a shuffled, perhaps resumed, run: a fit must not
  // depend on it.
  void put_in_order() {
    std::vector<std::pair<PointDigest, std::size_t>> order;
    order.reserve(points_.size());
    for (const auto& [point, index] : points_) order.emplace_back(point.point, index);
    std::ranges::sort(order, [&](const auto& a, const auto& b) {
      const int key_a = set_.samples[a.second].key, key_b = set_.samples[b.second].key;
      return key_a != key_b ? key_of(a.second) < key_of(b.second) : a.first < b.first;
    });
    std::vector<Sample> sorted;
    sorted.reserve(order.size());
    shapes_.reserve(order.size());
    for (const auto& [point, index] : order) {
      Sample& sample = sorted.emplace_back(std::move(set_.samples[index]));
      sample.shape = shape_of(*sample.problem, sample.work);
    }
    set_.samples = std::move(sorted);
  }

  // SHA-256 over one line a record, in an order that does not depend on the files'.
  [[nodiscard]] std::string hash_records() {
    std::vector<const std::string*> ids(run_ids_.size());
    for (const auto& [id, index] : run_ids_) ids[static_cast<std::size_t>(index)] = &id;
    const auto id_of = [&](const Used& used) -> const std::string& {
      return *ids[static_cast<std::size_t>(used.run)];
    };
    std::ranges::sort(used_, [&](const Used& a, const Used& b) {
      if (a.point != b.point) return a.point < b.point;
      if (a.run != b.run) return id_of(a) < id_of(b);
      return a.time != b.time ? a.time < b.time : a.energy < b.energy;
    });
    std::string text;
    for (const Used& used : used_) {
      fmt::format_to(std::back_inserter(text), "{:016x}{:016x} {} {} {}\n", used.point.high,
                     used.point.low, id_of(used), used.time, used.energy);
    }
    return sha256(text);
  }

  [[nodiscard]] const TableKey& key_of(std::size_t sample) const {
    return set_.keys[static_cast<std::size_t>(set_.samples[sample].key)];
  }

  static void settle(Sample& sample) {
    const double n = sample.records;
    sample.time.value /= n;
    sample.time_median.value /= n;
    sample.energy.value /= n;
    sample.u_stat.value = std::sqrt(sample.u_stat.value) / n;
  }

  // Shapes that no law can tell apart are one: a vocabulary's size, batch and heads exchanged.
  int shape_of(const Problem& problem, const Work& work) {
    const auto [reader, fresh] = readers_.try_emplace(
        problem.primitive, FeatureReader(*problem.primitive, problem.dtypes, Machine{}));
    const Features f = reader->second(problem, work);
    ShapeKey key{problem.primitive, {f.flops, f.specials, f.bytes, f.batch, f.m, f.n, f.k, f.rows}};
    return shapes_.try_emplace(key, static_cast<int>(shapes_.size())).first->second;
  }

  [[nodiscard]] std::string explain_nothing() const {
    std::string counts, reasons;
    for (const auto& [reason, count] : set_.left_out) {
      counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, reason);
    }
    std::set<std::string> all = unmeasured_;
    all.insert(record_reasons_.begin(), record_reasons_.end());
    for (const std::string& reason : all) {
      if (!reason.empty()) reasons += fmt::format("; {}", reason);
    }
    return fmt::format(
        "fit: no record has {} energy ({}){}; run the sweep with a meter (`ergon doctor` says "
        "which this machine has), or ask for `estimate` by name",
        energy_kind_name(set_.energy), counts.empty() ? "there are no records" : counts, reasons);
  }

  [[nodiscard]] std::string explain_mix() const {
    std::string counts;
    for (const auto& [source, count] : sources_) {
      counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, source_name(source));
    }
    return fmt::format("fit: energy of several sources ({}); they never mix: fit each by itself",
                       counts);
  }

  SampleSet set_;
  std::map<Source, int> sources_;
  std::map<Condition, int> conditions_;  // runs are those of the results, which outlive this
  std::map<TableKey, int> keys_;
  std::unordered_map<DigestKey, std::size_t, Hash> points_;
  std::unordered_map<ShapeKey, int, Hash> shapes_;
  std::map<const Primitive*, FeatureReader> readers_;
  std::unordered_set<DigestKey, Hash> records_;
  std::map<std::string, int> run_ids_;
  std::vector<CampaignRun> campaign_runs_;  // in the order of run_ids_'s indices
  std::map<PointDigest, int> sentinels_;
  std::vector<SentinelVisit> visits_;
  std::vector<Used> used_;
  std::vector<Addend> addends_;  // one for each of used_
  std::set<std::string> unmeasured_, record_reasons_;
};

}  // namespace

SampleSet make_samples(std::span<const Results> results, EnergyKind energy) {
  Collector collector(energy);
  for (const Results& one : results) collector.add(one);
  return collector.finish();
}

void leave_out_small_keys(SampleSet& set, int shapes_min) {
  std::vector<std::set<int>> shapes(set.keys.size());
  for (const Sample& sample : set.samples) {
    shapes[static_cast<std::size_t>(sample.key)].insert(sample.shape);
  }
  std::erase_if(set.samples, [&](const Sample& sample) {
    const auto key = static_cast<std::size_t>(sample.key);
    const int count = static_cast<int>(shapes[key].size());
    if (sample.problem->primitive->probe || count >= shapes_min) return false;
    const std::string reason = fmt::format("of {}: {} of the {} shapes asked for",
                                           describe(set.keys[key]), count, shapes_min);
    set.left_out[reason] += sample.records;
    return true;
  });
}

std::string fill_text(const Fill& fill) {
  std::string text(fill_kind_name(fill.kind));
  if (fill.kind == Fill::Kind::sparse) text += fmt::format(":{}", fill.zero_permille);
  return text;
}

}  // namespace ergon
