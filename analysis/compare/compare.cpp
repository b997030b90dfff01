#include "analysis/compare/compare.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "analysis/compare/judge.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// Errors of one name on both sides cancel as far as their shares do.
Shares difference(const Shares& first, const Shares& second) {
  Shares shares = second;
  for (const auto& [name, share] : first) shares[name] -= share;
  std::erase_if(shares, [](const auto& share) { return std::abs(share.second) < 1e-12; });
  return shares;
}

class PairJudge {
 public:
  PairJudge(const std::vector<SideData>& sides, std::size_t first, std::size_t second,
            const CompareOptions& options)
      : first_(sides[first]), second_(sides[second]), options_(options) {
    result_.first = first;
    result_.second = second;
  }

  PairComparison compare(double missed) {
    Pairing pairing = pair_points(first_, second_, options_.pairing);
    result_.alone_first = pairing.alone_first;
    result_.alone_second = pairing.alone_second;
    points_ = std::move(pairing.points);
    runs_ = run_variation(first_, second_, options_.run_to_run);
    visits_ = visit_variation(first_, second_, points_);
    name_groups();
    for (const PairedPoint& pair : points_) add_shape(pair);
    for (ShapeErrors& errors : shapes_) errors.shares.resize(shared_.size(), 0.0);
    const TestFamily family(shared_, shapes_, groups_.size());
    for (std::size_t i = 0; i < points_.size(); ++i) judge_shape(i, family, missed);
    for (std::size_t g = 0; g < groups_.size(); ++g) judge_group(g, family, missed);
    result_.crossovers = find_crossovers(result_.shapes);
    conclude();
    return std::move(result_);
  }

 private:
  // "all" first, where there is more than one primitive.
  void name_groups() {
    std::vector<std::string> names;
    for (const PairedPoint& pair : points_) {
      if (pair.second == nullptr) continue;
      const std::string name(pair.first->problem.primitive->name);
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
    if (names.size() > 1) groups_.emplace_back("all");
    groups_.insert(groups_.end(), names.begin(), names.end());
  }

  // Index of a shared error, which is told by its name and kind.
  std::size_t shared_index(const std::string& name, const SharedError& error) {
    const auto [known, fresh] = shared_names_.try_emplace(name, shared_.size());
    if (fresh) shared_.push_back(error);
    return known->second;
  }

  // The logarithm of one metric's ratio, and the variances that are not shared.
  LogRatio ratio_of(const PairedPoint& pair, Metric metric) const {
    const std::size_t m = index_of(metric);
    const LogValue &a = pair.first->values[m], &b = pair.second->values[m];
    LogRatio ratio{.value = b.value - a.value};
    // A side whose windows show no scatter is taken to scatter as the other does.
    if (a.freedom > 0 || b.freedom > 0) {
      VariationSum own;
      own.add({a.freedom > 0 ? a.variance : b.variance, a.freedom});
      own.add({b.freedom > 0 ? b.variance : a.variance, b.freedom});
      ratio.own = own.value();
    }
    const Variation &visit_a = visits_.first[m], &visit_b = visits_.second[m];
    if (visit_a.freedom > 0) {
      ratio.visit = {visit_a.variance / pair.first->visits + visit_b.variance / pair.second->visits,
                     std::min(visit_a.freedom, visit_b.freedom)};
    } else {
      ratio.visit = visits_.pair[m];
    }
    return ratio;
  }

  [[nodiscard]] bool cancels(const PairedPoint& pair) const {
    return options_.one_device || difference(pair.first->gains, pair.second->gains).empty();
  }

  // Puts the errors that a pair shares with others.
  void add_shares(const PairedPoint& pair, ShapeErrors& errors) {
    const auto put = [&](std::size_t index, double share) {
      errors.shares.resize(std::max(errors.shares.size(), index + 1), 0.0);
      errors.shares[index] = share;
    };
    const SharedError run{std::sqrt(runs_.power.variance), std::sqrt(runs_.time.variance)};
    for (const auto& [name, share] : difference(pair.first->runs, pair.second->runs)) {
      put(shared_index("run " + name, run), share);
    }
    if (!pair.compares(Metric::energy) || cancels(pair)) return;
    for (const auto& [name, share] : difference(pair.first->gains, pair.second->gains)) {
      double u = 0;
      for (const SideData* side : {&first_, &second_}) {
        if (const auto at = side->gains.find(name); at != side->gains.end()) {
          u = std::max(u, at->second);
        }
      }
      const std::size_t index = shared_index("gain " + name, {.u_power = u});
      gains_.insert(index);
      put(index, share);
    }
  }

  void add_shape(const PairedPoint& pair) {
    ShapeErrors& errors = shapes_.emplace_back();
    PerMetric<LogRatio>& ratios = ratios_.emplace_back();
    ShapeContrast& shape = result_.shapes.emplace_back(
        ShapeContrast{.first = pair.first, .second = pair.second, .reason = pair.reason});
    for (const Metric metric : kMetrics) {
      shape.contrasts[index_of(metric)].reason = pair.reason_of(metric);
    }
    if (pair.second == nullptr) return;
    for (const Metric metric : kMetrics) {
      if (!pair.compares(metric)) continue;
      const std::size_t m = index_of(metric);
      ratios[m] = ratio_of(pair, metric);
      if (metric != Metric::time && cancels(pair)) {
        // One sensor, one gain: what a calibration put into one side alone is taken off.
        ratios[m].value -= pair.second->log_gain - pair.first->log_gain;
      }
      errors.compared[m] = ratios[m].own.freedom > 0 || ratios[m].visit.freedom > 0;
      if (!errors.compared[m]) {
        shape.contrasts[m].reason =
            "one window a point and too few shapes: nothing tells the scatter";
      }
    }
    put_own(ratios, errors);
    add_shares(pair, errors);
    const std::string name(pair.first->problem.primitive->name);
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      if (groups_[g] == "all" || groups_[g] == name) errors.groups.push_back(g);
    }
  }

  static void put_own(const PerMetric<LogRatio>& ratios, ShapeErrors& errors) {
    const auto variance = [&](Metric metric) {
      const LogRatio& ratio = ratios[index_of(metric)];
      return errors.compared[index_of(metric)] ? ratio.own.variance + ratio.visit.variance : 0;
    };
    errors.u_energy = std::sqrt(variance(Metric::energy));
    errors.u_time = std::sqrt(variance(Metric::time));
    const double product = 2 * errors.u_energy * errors.u_time;
    if (!(product > 0) || !errors.compared[index_of(Metric::power)]) return;
    errors.correlation = std::clamp(
        (variance(Metric::energy) + variance(Metric::time) - variance(Metric::power)) / product,
        -1.0, 1.0);
  }

  // Variances of a weighted sum of shared errors.
  void put_shared(const std::vector<double>& shares, Metric metric, LogRatio& ratio) const {
    double power = 0, time = 0;
    for (std::size_t f = 0; f < shares.size(); ++f) {
      const SharedError& error = shared_[f];
      if (gains_.contains(f)) {
        ratio.gain += squared(shares[f]) * variance_of(error, metric);
      } else {
        power += squared(shares[f]) * variance_of({.u_power = error.u_power}, metric);
        time += squared(shares[f]) * variance_of({.u_time = error.u_time}, metric);
      }
    }
    VariationSum run;
    run.add({power, runs_.power.freedom});
    run.add({time, runs_.time.freedom});
    ratio.run = run.value();
  }

  void judge_shape(std::size_t i, const TestFamily& family, double missed) {
    for (const Metric metric : kMetrics) {
      if (!shapes_[i].compared[index_of(metric)]) continue;
      LogRatio ratio = ratios_[i][index_of(metric)];
      put_shared(shapes_[i].shares, metric, ratio);
      result_.shapes[i].contrasts[index_of(metric)] = judge(ratio, family, TestKind::shape, missed);
    }
  }

  void judge_group(std::size_t g, const TestFamily& family, double missed) {
    MeanContrast& mean = result_.means.emplace_back(MeanContrast{.name = groups_[g]});
    for (const Metric metric : kMetrics) {
      const std::size_t m = index_of(metric);
      LogRatio sum;
      std::vector<double> shares(shared_.size(), 0.0);
      double count = 0;
      VariationSum own;
      for (std::size_t i = 0; i < shapes_.size(); ++i) {
        const ShapeErrors& errors = shapes_[i];
        if (!errors.compared[m]) continue;
        if (std::ranges::find(errors.groups, g) == errors.groups.end()) continue;
        ++count;
        const LogRatio& ratio = ratios_[i][m];
        sum.value += ratio.value;
        own.add(ratio.own);
        sum.visit.variance += ratio.visit.variance;
        sum.visit.freedom = ratio.visit.freedom;
        for (std::size_t f = 0; f < errors.shares.size(); ++f) shares[f] += errors.shares[f];
      }
      if (count == 0) {
        mean.contrasts[m].reason = reason_of_group(g, metric);
        continue;
      }
      sum.own = {own.value().variance / squared(count), own.value().freedom};
      sum.value /= count;
      sum.visit.variance /= count * count;
      for (double& share : shares) share /= count;
      put_shared(shares, metric, sum);
      mean.shapes[m] = static_cast<int>(count);
      mean.contrasts[m] = judge(sum, family, TestKind::mean, missed);
    }
  }

  [[nodiscard]] std::string reason_of_group(std::size_t g, Metric metric) const {
    for (std::size_t i = 0; i < shapes_.size(); ++i) {
      const std::string& reason = result_.shapes[i].contrasts[index_of(metric)].reason;
      const auto& groups = shapes_[i].groups;
      if (!reason.empty() && std::ranges::find(groups, g) != groups.end()) return reason;
    }
    return "";
  }

  void conclude() {
    std::vector<std::string> primitives;
    for (const PairedPoint& pair : points_) {
      primitives.emplace_back(pair.first->problem.primitive->name);
    }
    result_.changes = changed_facts(first_.facts, second_.facts, primitives);
    const bool joules = std::ranges::any_of(shapes_, [](const ShapeErrors& errors) {
      return errors.compared[index_of(Metric::energy)];
    });
    double gain = 0;
    for (const MeanContrast& mean : result_.means) {
      gain = std::max(gain, mean.contrasts[index_of(Metric::energy)].u_gain);
    }
    result_.u_gain = gain;
    result_.one_sensor = joules && gains_.empty();
    if (result_.shapes.empty()) return;
    result_.notes = {runs_.note, visits_.note};
    if (!joules) return;
    result_.notes.push_back(gain_note());
  }

  [[nodiscard]] std::string gain_note() const {
    if (options_.one_device) {
      return "one device and one sensor, as --one-device says: gain cancels";
    }
    if (result_.one_sensor) return "one device and one sensor: gain cancels";
    std::vector<std::string> parts;
    std::set<std::string> assumed;
    for (const SideData* side : {&first_, &second_}) {
      assumed.insert(side->gains_assumed.begin(), side->gains_assumed.end());
    }
    for (const auto& [name, index] : shared_names_) {
      if (!gains_.contains(index)) continue;
      const std::string sensor = name.substr(std::string("gain ").size());
      parts.push_back(
          fmt::format("{:.3g} % of {}{}", 100 * shared_[index].u_power, sensor,
                      assumed.contains(sensor) ? " (assumed: its file states none)" : ""));
    }
    return fmt::format("two sensors, whose gains (k = 1) every ratio of joules has in common: {}",
                       fmt::join(parts, ", "));
  }

  const SideData& first_;
  const SideData& second_;
  const CompareOptions& options_;
  PairComparison result_;
  std::vector<PairedPoint> points_;
  RunVariation runs_;
  VisitVariation visits_;
  std::vector<std::string> groups_;
  std::vector<SharedError> shared_;
  std::map<std::string, std::size_t> shared_names_;
  std::set<std::size_t> gains_;  // which of the shared errors are gains
  std::vector<ShapeErrors> shapes_;
  std::vector<PerMetric<LogRatio>> ratios_;
};

}  // namespace

std::vector<PairComparison> compare_sides(const std::vector<SideData>& sides,
                                          const CompareOptions& options) {
  if (sides.size() < 2) throw Error("compare: expected two files or more");
  const double pairs =
      static_cast<double>(sides.size()) * (static_cast<double>(sides.size()) - 1) / 2;
  std::vector<PairComparison> found;
  for (std::size_t a = 0; a < sides.size(); ++a) {
    for (std::size_t b = a + 1; b < sides.size(); ++b) {
      // Pairs share a side, but how is not asked: Bonferroni.
      found.push_back(PairJudge(sides, a, b, options).compare(kMissedMost / pairs));
    }
  }
  return found;
}

}  // namespace ergon
