#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analysis/campaign_scale.h"
#include "analysis/compare/facts.h"
#include "analysis/compare/side.h"
#include "analysis/compare/visit.h"
#include "analysis/sample.h"
#include "kernels/error.h"

namespace ergon {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

std::string dtypes_text(const Dtypes& dtypes) {
  return table_key_field(TableKey{.dtypes = dtypes}, "dtypes");
}

// What a sensor is called among all: two files of one name are of one sensor and one gain.
// Calibrated groups name the machine themselves ("Xeon 8480+, PowerEdge R760, node07: ...").
std::string sensor_of(const RunInfo& run, const Channel& channel) {
  const std::string& own = channel.gain_group.empty() ? channel.name : channel.gain_group;
  if (own.find(": ") != std::string::npos) return own;
  const auto json = nlohmann::json::parse(run.provenance, nullptr, false);
  std::string machine;
  if (const nlohmann::json::json_pointer id("/host/machine_id_sha256");
      json.is_object() && json.contains(id) && json.at(id).is_string()) {
    machine = " on " + json.at(id).get<std::string>().substr(0, 12);
  }
  return fmt::format("{}{}: {}", run.device, machine, own);
}

// A visit, and where it belongs.
struct Placed {
  PointVisit visit;
  std::string point{};  // key of all conditions
  int run = 0;
};

class ResultSide {
 public:
  ResultSide(const Results& results, EnergyKind energy, double gain_default)
      : results_(results), energy_(energy), gain_default_(gain_default) {
    side_.energy = energy;
  }

  SideData read(std::string name) {
    side_.name = std::move(name);
    const IdleBaseline baseline(results_);
    for (const Record& record : results_.records) add(record, baseline);
    if (side_.points.empty()) throw Error(explain_nothing());
    take_off_drifts();
    for (std::size_t p = 0; p < side_.points.size(); ++p) settle(p);
    estimate_visits();
    estimate_runs();
    describe_runs();
    return std::move(side_);
  }

 private:
  void add(const Record& record, const IdleBaseline& baseline) {
    const RunInfo& run = results_.runs.at(at(record.run));
    Placed placed{.visit = visit_of(record, run, energy_, baseline), .run = record.run};
    if (!placed.visit.unusable.empty()) {
      ++side_.left_out[placed.visit.unusable];
      return;
    }
    PointValue point = point_of(record, run, placed.visit);
    placed.point = problem_key(point.problem);
    for (const Texts* texts : {&point.conditions, &point.of_energy}) {
      for (const auto& [field, text] : *texts) placed.point += fmt::format("|{}={}", field, text);
    }
    const auto [known, fresh] = points_.try_emplace(placed.point, side_.points.size());
    if (fresh) {
      side_.points.push_back(std::move(point));
      members_.emplace_back();
    }
    members_[known->second].push_back(visits_.size());
    visits_.push_back(std::move(placed));
    sentinels_.push_back(record.sentinel);
  }

  PointValue point_of(const Record& record, const RunInfo& run, const PointVisit& visit) {
    const Point& from = record.point;
    PointValue point{.problem = from.problem,
                     .kernel = kernel_id(*from.kernel),
                     .shape = shape_text(from.problem),
                     .energy_reason = visit.energy_reason};
    point.conditions = {{"kernel", point.kernel},
                        {"dtypes", dtypes_text(from.problem.dtypes)},
                        {"threads", fmt::format("{}", from.threads)},
                        {"fill", fill_text(from.fill)},
                        {"cold", from.cold ? "yes" : "no"},
                        {"weights", from.weights_packed ? "packed" : "plain"},
                        {"ranks", fmt::format("{} on {}", record.ranks, record.nodes)}};
    point.timed = record.check_status == CheckStatus::not_run
                      ? std::string(status_name(record.energy_status))
                      : "here";
    if (!visit.energy_reason.empty()) return point;
    const Channel& primary = run.channels.at(at(run.primary_channel));
    point.of_energy = {{"boundary", primary.domain},
                       {"source", std::string(source_name(primary.source))},
                       {"energy", std::string(energy_kind_name(energy_))}};
    return point;
  }

  // A drift that the sentinels of a run show is taken off. The level of a run is left as it is:
  // what runs differ by is told by estimate_runs(), or taken for unknown.
  void take_off_drifts() {
    std::vector<CampaignRun> runs;
    for (const RunInfo& run : results_.runs) runs.push_back({.run = run.id, .device = run.device});
    std::vector<SentinelVisit> sentinels;
    std::map<std::string, int> numbers;
    for (std::size_t v = 0; v < visits_.size(); ++v) {
      const PerMetric<LogValue>& values = visits_[v].visit.values;
      if (!sentinels_[v] || std::isnan(values[index_of(Metric::energy)].value)) continue;
      const int number =
          numbers.try_emplace(visits_[v].point, static_cast<int>(numbers.size())).first->second;
      sentinels.push_back({visits_[v].run, number, visits_[v].visit.at_s,
                           std::exp(values[index_of(Metric::energy)].value),
                           std::exp(values[index_of(Metric::time)].value)});
    }
    const CampaignFit fit = fit_campaigns(std::move(runs), sentinels);
    for (Placed& placed : visits_) {
      const double energy = drift_at(fit.energy[at(placed.run)], placed.visit.at_s);
      const double time = drift_at(fit.time[at(placed.run)], placed.visit.at_s);
      PerMetric<LogValue>& values = placed.visit.values;
      values[index_of(Metric::energy)].value -= energy;
      values[index_of(Metric::time)].value -= time;
      values[index_of(Metric::power)].value -= energy - time;
      values[index_of(Metric::edp)].value -= energy + time;
    }
  }

  static double drift_at(ScaleLine line, double at_s) {
    line.log_mean = 0;
    return std::log(line.at(at_s));
  }

  // The mean of a point's visits.
  void settle(std::size_t p) {
    PointValue& point = side_.points[p];
    const auto count = static_cast<double>(members_[p].size());
    for (const Metric metric : kMetrics) point.values[index_of(metric)] = mean_visit(p, metric);
    for (const std::size_t v : members_[p]) {
      const RunInfo& run = results_.runs[at(visits_[v].run)];
      point.runs[run.id] += 1 / count;
      ++point.visits;
      point.windows += visits_[v].visit.windows;
      if (!point.energy_reason.empty()) continue;
      const Channel& channel = run.channels[at(run.primary_channel)];
      const std::string sensor = sensor_of(run, channel);
      point.gains[sensor] += 1 / count;
      point.log_gain += std::log(channel.gain) / count;
      put_gain(sensor, channel.gain_relative);
    }
  }

  void put_gain(const std::string& sensor, double relative) {
    const bool stated = relative > 0;
    double& kept = side_.gains[sensor];
    kept = std::max(kept, stated ? relative : gain_default_);
    if (!stated && std::ranges::find(side_.gains_assumed, sensor) == side_.gains_assumed.end()) {
      side_.gains_assumed.push_back(sensor);
    }
  }

  LogValue mean_visit(std::size_t p, Metric metric) {
    const auto count = static_cast<double>(members_[p].size());
    LogValue mean{.value = 0, .variance = 0};
    double known = 0;
    VariationSum variation;
    for (const std::size_t v : members_[p]) {
      const LogValue& value = visits_[v].visit.values[index_of(metric)];
      mean.value += value.value / count;
      if (!(value.freedom > 0)) continue;
      ++known;
      variation.add({value.variance, value.freedom});
    }
    if (known == 0) return {.value = mean.value};
    mean.freedom = variation.value().freedom;
    // Visits without a scatter of their own are taken to scatter as the others do.
    mean.variance = variation.value().variance / (known * count);
    return mean;
  }

  // Between visits of a point within one run, less what their windows explain.
  void estimate_visits() {
    for (const Metric metric : kMetrics) {
      double squares = 0, freedom = 0, within = 0, visits = 0;
      for (std::size_t p = 0; p < side_.points.size(); ++p) {
        std::map<int, std::vector<const LogValue*>> by_run;
        for (const std::size_t v : members_[p]) {
          by_run[visits_[v].run].push_back(&visits_[v].visit.values[index_of(metric)]);
        }
        for (const auto& [run, values] : by_run) {
          if (values.size() < 2 || std::isnan(values[0]->value)) continue;
          double mean = 0;
          for (const LogValue* value : values) {
            mean += value->value / static_cast<double>(values.size());
          }
          for (const LogValue* value : values) {
            squares += squared(value->value - mean);
            within += value->freedom > 0 ? value->variance : 0;
            ++visits;
          }
          freedom += static_cast<double>(values.size()) - 1;
        }
      }
      if (freedom < 1) continue;
      side_.visits[index_of(metric)] = {std::max(0.0, squares / freedom - within / visits),
                                        freedom};
    }
  }

  // What the points that all runs have say of each run against the mean of all.
  void estimate_runs() {
    std::set<int> runs;
    for (const Placed& placed : visits_) runs.insert(placed.run);
    if (runs.size() < 2) return;
    for (const Metric metric : {Metric::power, Metric::time}) {
      std::map<int, double> effects;
      double points = 0;
      for (std::size_t p = 0; p < side_.points.size(); ++p) {
        std::map<int, std::pair<double, double>> sums;
        for (const std::size_t v : members_[p]) {
          const double value = visits_[v].visit.values[index_of(metric)].value;
          if (std::isnan(value)) continue;
          sums[visits_[v].run].first += value;
          ++sums[visits_[v].run].second;
        }
        if (sums.size() != runs.size()) continue;
        ++points;
        for (const auto& [run, sum] : sums) effects[run] += sum.first / sum.second;
      }
      if (points == 0) continue;
      const auto count = static_cast<double>(runs.size());
      double mean = 0, squares = 0;
      for (const auto& [run, effect] : effects) mean += effect / count;
      for (const auto& [run, effect] : effects) squares += squared((effect - mean) / points);
      side_.runs[index_of(metric)] = {squares / (count - 1), count - 1};
    }
  }

  void describe_runs() {
    std::set<int> used;
    for (const Placed& placed : visits_) used.insert(placed.run);
    std::set<std::string> devices, sources, notes;
    for (const int r : used) {
      const RunInfo& run = results_.runs[at(r)];
      devices.insert(run.device);
      if (!run.started_utc.empty()) {
        if (side_.first_utc.empty() || run.started_utc < side_.first_utc) {
          side_.first_utc = run.started_utc;
        }
        side_.last_utc = std::max(side_.last_utc, run.started_utc);
      }
      add_facts(side_.facts, run);
    }
    for (std::size_t v = 0; v < visits_.size(); ++v) {
      if (!visits_[v].visit.energy_reason.empty()) continue;
      const RunInfo& run = results_.runs[at(visits_[v].run)];
      const Channel& channel = run.channels[at(run.primary_channel)];
      sources.insert(std::string(source_name(channel.source)));
      if (!channel.note.empty()) notes.insert(channel.note);
    }
    side_.devices.assign(devices.begin(), devices.end());
    side_.notes.assign(notes.begin(), notes.end());
    side_.source = sources.empty() ? "unmeasured" : fmt::format("{}", fmt::join(sources, ", "));
  }

  [[nodiscard]] std::string explain_nothing() const {
    std::string text = side_.name + ": no record to compare";
    for (const auto& [reason, count] : side_.left_out) {
      text += fmt::format("; {} {}", count, reason);
    }
    return text;
  }

  const Results& results_;
  EnergyKind energy_;
  double gain_default_;
  SideData side_;
  std::map<std::string, std::size_t> points_;
  std::vector<std::vector<std::size_t>> members_;  // visits of each point
  std::vector<Placed> visits_;
  std::vector<bool> sentinels_;
};

}  // namespace

SideData side_of_results(const Results& results, std::string name, EnergyKind energy,
                         double gain_default) {
  return ResultSide(results, energy, gain_default).read(std::move(name));
}

std::string shape_text(const Problem& problem) {
  const Primitive& primitive = *problem.primitive;
  std::string text;
  for (std::size_t i = 0; i < primitive.axes.size(); ++i) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", primitive.axes[i], problem.extents[i]);
  }
  for (std::size_t i = 0; i < primitive.options.size(); ++i) {
    if (problem.choices[i] == 0) continue;
    text += fmt::format(",{}={}", primitive.options[i].name,
                        primitive.options[i].values[problem.choices[i]]);
  }
  return text;
}

}  // namespace ergon
