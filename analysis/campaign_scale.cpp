#include "analysis/campaign_scale.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include <Eigen/Dense>

#include "analysis/statistics.h"
#include "kernels/error.h"

namespace ergon {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kMissed = 0.01;    // share of campaigns in which noise alone may move anything
constexpr double kContrary = 0.05;  // of sentinels that agree, those taken to contradict
// Of a logarithm: visits that agree to the last digit leave rounding as their scatter.
constexpr double kRounding = 1e-9;

using Value = double SentinelVisit::*;

// A logarithm that visits tell, before it is known how many others they tell.
struct Estimate {
  double value = kNan;
  double error = kNan;  // standard error
  double freedom = 0;
  // How far the sentinels that contradict it lie from it: beyond their own scatter alone.
  double contradiction = 0;
};

// Sums over the visits of one sentinel in one run.
struct Cell {
  std::vector<double> x, y;  // share of the run's span since its middle; log value
  [[nodiscard]] double count() const { return static_cast<double>(x.size()); }
  [[nodiscard]] double mean(const std::vector<double>& values) const {
    return std::accumulate(values.begin(), values.end(), 0.0) / count();
  }
  [[nodiscard]] double product(const std::vector<double>& a, const std::vector<double>& b) const {
    const double mean_a = mean(a), mean_b = mean(b);
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
    return sum;
  }
};
using Cells = std::map<std::pair<int, int>, Cell>;  // by run, sentinel

double half_width(const Estimate& estimate, double probability) {
  if (estimate.freedom < 1) return kNan;
  const double t = student_t_quantile(probability, estimate.freedom);
  return std::max({t * estimate.error, estimate.contradiction, kRounding});
}

// How far from the estimate the interval of a sentinel's own value reaches, where that value is off
// by more than its own scatter explains; else 0.
double contradiction(double off, double error, double freedom) {
  if (freedom < 1) return 0;
  const double own = student_t_quantile(1 - kContrary / 2, freedom) * error;
  return std::abs(off) > own ? std::abs(off) + own : 0;
}

// The rise of one run over its visits.
Estimate estimate_rise(const Cells& cells, int run) {
  double xx = 0, xy = 0, yy = 0, alone = 0, freedom = 0, freedom_alone = 0;
  for (const auto& [place, cell] : cells) {
    if (place.first != run) continue;
    const double cell_xx = cell.product(cell.x, cell.x), cell_xy = cell.product(cell.x, cell.y);
    const double cell_yy = cell.product(cell.y, cell.y);
    xx += cell_xx;
    xy += cell_xy;
    yy += cell_yy;
    freedom += cell.count() - 1;
    if (!(cell_xx > 0)) continue;
    alone += cell_yy - cell_xy * cell_xy / cell_xx;
    freedom_alone += cell.count() - 2;
  }
  Estimate rise{.freedom = freedom - 1};
  if (!(xx > 0)) return {};
  rise.value = xy / xx;
  if (rise.freedom < 1) return rise;
  rise.error = std::sqrt(std::max(0.0, yy - rise.value * xy) / rise.freedom / xx);
  for (const auto& [place, cell] : cells) {
    if (place.first != run) continue;
    const double cell_xx = cell.product(cell.x, cell.x);
    if (!(cell_xx > 0)) continue;
    const double off = cell.product(cell.x, cell.y) / cell_xx - rise.value;
    const double error = std::sqrt(std::max(0.0, alone) / freedom_alone / cell_xx);
    rise.contradiction = std::max(rise.contradiction, contradiction(off, error, freedom_alone));
  }
  return rise;
}

// Sentinels and runs as columns; the runs' effects sum to zero.
class Additive {
 public:
  Additive(const Cells& cells, const std::vector<int>& runs) : cells_(cells), runs_(runs) {
    for (std::size_t r = 0; r < runs.size(); ++r) column_[{0, runs[r]}] = static_cast<int>(r);
    for (const auto& [place, cell] : cells) {
      column_.try_emplace({1, place.second}, static_cast<int>(column_.size()));
    }
    solve();
  }

  // `fitted`: rises that were taken off the visits before.
  [[nodiscard]] std::vector<Estimate> effects(int fitted) const {
    double count = 0, within = 0, between = 0;
    for (const auto& [place, cell] : cells_) {
      count += cell.count();
      within += cell.product(cell.y, cell.y);
      between += cell.count() * std::pow(residual(place), 2);
    }
    const double freedom = count - static_cast<double>(column_.size()) + 1 - fitted;
    const double freedom_within = count - static_cast<double>(cells_.size()) - fitted;
    std::vector<Estimate> effects;
    for (std::size_t r = 0; r < runs_.size(); ++r) {
      const auto at = static_cast<Eigen::Index>(r);
      Estimate& effect = effects.emplace_back(Estimate{.value = solution_[at], .freedom = freedom});
      if (freedom < 1) continue;
      effect.error = std::sqrt((within + between) / freedom * covariance_(at, at));
      for (const auto& [place, cell] : cells_) {
        if (place.first != runs_[r]) continue;
        const double error = std::sqrt(within / freedom_within / cell.count());
        effect.contradiction =
            std::max(effect.contradiction, contradiction(residual(place), error, freedom_within));
      }
    }
    return effects;
  }

 private:
  [[nodiscard]] Eigen::Index column(int kind, int index) const { return column_.at({kind, index}); }

  [[nodiscard]] double residual(const std::pair<int, int>& place) const {
    const Cell& cell = cells_.at(place);
    return cell.mean(cell.y) - solution_[column(0, place.first)] -
           solution_[column(1, place.second)];
  }

  void solve() {
    const auto size = static_cast<Eigen::Index>(column_.size());
    const auto runs = static_cast<Eigen::Index>(runs_.size());
    Eigen::MatrixXd normal = Eigen::MatrixXd::Zero(size, size);
    Eigen::VectorXd right = Eigen::VectorXd::Zero(size);
    for (const auto& [place, cell] : cells_) {
      const Eigen::Index run = column(0, place.first), sentinel = column(1, place.second);
      for (const Eigen::Index a : {run, sentinel}) {
        right[a] += cell.count() * cell.mean(cell.y);
        for (const Eigen::Index b : {run, sentinel}) normal(a, b) += cell.count();
      }
    }
    // The one direction that the visits leave open: runs up, sentinels down. The runs' sum closes
    // it and moves nothing else.
    Eigen::MatrixXd closed = normal;
    closed.topLeftCorner(runs, runs).array() += 1;
    const Eigen::MatrixXd inverse = closed.inverse();
    solution_ = inverse * right;
    covariance_ = inverse * normal * inverse;
  }

  const Cells& cells_;
  const std::vector<int>& runs_;
  std::map<std::pair<int, int>, int> column_;  // 0: run, 1: sentinel
  Eigen::VectorXd solution_;
  Eigen::MatrixXd covariance_;
};

// Decides on one estimate. `to_value` turns a logarithm into the number that is reported.
Shift decide(const Estimate& estimate, double probability, double (*to_value)(double),
             std::string_view missing) {
  Shift shift{.reason = std::string(missing)};
  if (std::isnan(estimate.value)) return shift;
  shift.value = to_value(estimate.value);
  const double half = half_width(estimate, probability);
  if (std::isnan(half)) {
    shift.reason = "too few visits to tell it from noise";
    return shift;
  }
  shift.low = to_value(estimate.value - half);
  shift.high = to_value(estimate.value + half);
  shift.applied = std::abs(estimate.value) > half;
  shift.reason = shift.applied ? "significant" : "not significant";
  if (!shift.applied && estimate.contradiction >= half) {
    shift.reason = "not significant: the sentinels contradict each other";
  }
  return shift;
}

// All runs of one campaign.
class Campaign {
 public:
  Campaign(CampaignFit& fit, std::vector<int> runs, std::vector<const SentinelVisit*> visits)
      : fit_(fit), runs_(std::move(runs)), visits_(std::move(visits)) {}

  void settle() {
    for (const int run : runs_) put_times(run);
    // Two runs lie as far above their mean as below: one statement.
    const auto count = static_cast<double>(runs_.size());
    const double statements = 2 * (count + (count > 2 ? count : count - 1));
    const double probability = 1 - kMissed / 2 / statements;
    decide_all(&SentinelVisit::energy, &CampaignRun::energy, fit_.energy, probability);
    decide_all(&SentinelVisit::time, &CampaignRun::time, fit_.time, probability);
  }

 private:
  CampaignRun& run_of(int run) { return fit_.runs[static_cast<std::size_t>(run)]; }

  void put_times(int run) {
    std::set<int> sentinels;
    ScaleLine line{.first_s = std::numeric_limits<double>::infinity(),
                   .last_s = -std::numeric_limits<double>::infinity()};
    double count = 0;
    for (const SentinelVisit* visit : visits_) {
      if (visit->run != run) continue;
      sentinels.insert(visit->sentinel);
      ++count;
      line.middle_s += visit->at_s;
      line.first_s = std::min(line.first_s, visit->at_s);
      line.last_s = std::max(line.last_s, visit->at_s);
    }
    line.middle_s /= count;
    fit_.energy[static_cast<std::size_t>(run)] = fit_.time[static_cast<std::size_t>(run)] = line;
    run_of(run).sentinels = static_cast<int>(sentinels.size());
    run_of(run).visits = static_cast<int>(count);
    run_of(run).runs = static_cast<int>(runs_.size());
  }

  void decide_all(Value value, CampaignRun::Quantity CampaignRun::*quantity,
                  std::vector<ScaleLine>& lines, double probability) {
    Cells cells;
    for (const SentinelVisit* visit : visits_) {
      const ScaleLine& line = lines[static_cast<std::size_t>(visit->run)];
      const double span = line.last_s - line.first_s;
      Cell& cell = cells[{visit->run, visit->sentinel}];
      cell.x.push_back(span > 0 ? (visit->at_s - line.middle_s) / span : 0);
      cell.y.push_back(std::log(visit->*value));
    }
    int fitted = 0;
    for (const int run : runs_) {
      const Estimate rise = estimate_rise(cells, run);
      Shift& drift = (run_of(run).*quantity).drift;
      drift = decide(
          rise, probability, [](double log) { return std::expm1(log); },
          "no sentinel was visited twice");
      if (!drift.applied) continue;
      ++fitted;
      lines[static_cast<std::size_t>(run)].log_rise = rise.value;
      for (auto& [place, cell] : cells) {
        if (place.first != run) continue;
        for (std::size_t i = 0; i < cell.x.size(); ++i) cell.y[i] -= rise.value * cell.x[i];
      }
    }
    const std::vector<Estimate> effects =
        runs_.size() > 1 ? Additive(cells, runs_).effects(fitted) : std::vector<Estimate>(1);
    for (std::size_t r = 0; r < runs_.size(); ++r) {
      Shift& scale = (run_of(runs_[r]).*quantity).scale;
      scale = decide(
          effects[r], probability, [](double log) { return std::exp(log); },
          "no other run of its device and boundary visited its sentinels");
      if (scale.applied) lines[static_cast<std::size_t>(runs_[r])].log_mean = effects[r].value;
    }
  }

  CampaignFit& fit_;
  std::vector<int> runs_;
  std::vector<const SentinelVisit*> visits_;
};

// The campaign of each run: the smallest index of a run that it is tied to. -1 without visits.
std::vector<int> campaigns_of(const std::vector<CampaignRun>& runs,
                              std::span<const SentinelVisit> visits) {
  std::vector<int> campaign(runs.size(), -1);
  std::map<std::tuple<std::string, std::string, int>, std::set<int>> visitors;
  for (const SentinelVisit& visit : visits) {
    const CampaignRun& run = runs.at(static_cast<std::size_t>(visit.run));
    ERGON_ASSERT(visit.energy > 0 && visit.time > 0);
    visitors[{run.device, run.boundary, visit.sentinel}].insert(visit.run);
    campaign[static_cast<std::size_t>(visit.run)] = visit.run;
  }
  for (const auto& [sentinel, together] : visitors) {
    const int first = campaign[static_cast<std::size_t>(*together.begin())];
    for (const int run : together) {
      const int old = campaign[static_cast<std::size_t>(run)];
      std::ranges::replace(campaign, old, first);
    }
  }
  return campaign;
}

}  // namespace

double ScaleLine::at(double at_s) const noexcept {
  const double span = last_s - first_s;
  const double share = span > 0 ? (std::clamp(at_s, first_s, last_s) - middle_s) / span : 0;
  return std::exp(log_mean + log_rise * share);
}

CampaignFit fit_campaigns(std::vector<CampaignRun> runs, std::span<const SentinelVisit> visits) {
  const std::vector<int> campaign = campaigns_of(runs, visits);
  CampaignFit fit{.runs = std::move(runs)};
  fit.energy.resize(fit.runs.size());
  fit.time.resize(fit.runs.size());
  std::map<int, std::pair<std::vector<int>, std::vector<const SentinelVisit*>>> members;
  for (std::size_t r = 0; r < fit.runs.size(); ++r) {
    if (campaign[r] >= 0) {
      members[campaign[r]].first.push_back(static_cast<int>(r));
      continue;
    }
    CampaignRun& run = fit.runs[r];
    for (Shift* shift : {&run.energy.scale, &run.energy.drift, &run.time.scale, &run.time.drift}) {
      shift->reason = "no sentinels";
    }
  }
  for (const SentinelVisit& visit : visits) {
    members[campaign[static_cast<std::size_t>(visit.run)]].second.push_back(&visit);
  }
  for (auto& [first, both] : members) {
    Campaign(fit, std::move(both.first), std::move(both.second)).settle();
  }
  return fit;
}

}  // namespace ergon
