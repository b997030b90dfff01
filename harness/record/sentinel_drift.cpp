#include "harness/record/sentinel_drift.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "harness/record/student.h"
#include "harness/record/summary.h"

namespace ergon {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Visited {
  double time_s;  // of the middle of its windows
  double energy, time;
};

// What a line through the values rises by over all times, relative to the mean.
Interval rise(const std::vector<Visited>& visits, double Visited::*value) {
  const auto count = static_cast<double>(visits.size());
  if (count < 2) return {kNan, kNan, 0};
  double time_mean = 0, mean = 0;
  for (const Visited& visit : visits) {
    time_mean += visit.time_s / count;
    mean += visit.*value / count;
  }
  double squares = 0, cross = 0, residuals = 0;
  for (const Visited& visit : visits) {
    squares += (visit.time_s - time_mean) * (visit.time_s - time_mean);
    cross += (visit.time_s - time_mean) * (visit.*value - mean);
  }
  for (const Visited& visit : visits) {
    const double residual = visit.*value - mean - cross / squares * (visit.time_s - time_mean);
    residuals += residual * residual;
  }
  const double scale = (visits.back().time_s - visits.front().time_s) / mean;
  Interval interval{cross / squares * scale, kNan, count - 2};
  if (count > 2) {
    const double error = std::sqrt(residuals / (count - 2) / squares);
    interval.half_width = student_t_975(count - 2) * error * std::abs(scale);
  }
  return interval;
}

double middle_s(const Record& record) {
  const auto begin_ns = static_cast<double>(record.windows.front().begin_ns);
  const auto end_ns = static_cast<double>(record.windows.back().end_ns);
  return (begin_ns + end_ns) / 2 * 1e-9;
}

}  // namespace

std::vector<SentinelDrift> sentinel_drifts(const Results& results, int run) {
  std::map<std::string, std::size_t> known;
  std::vector<SentinelDrift> drifts;
  std::vector<std::vector<Visited>> visits;
  const IdleBaseline baseline(results);
  const int primary = results.runs[static_cast<std::size_t>(run)].primary_channel;
  for (const Record& record : results.records) {
    if (!record.sentinel || record.run != run || record.windows.empty()) continue;
    const auto [found, fresh] = known.try_emplace(point_key(record.point), drifts.size());
    if (fresh) {
      drifts.emplace_back().point_key = found->first;
      visits.emplace_back();
    }
    const Joules energy = launch_energy(baseline, record, primary).gross;
    visits[found->second].push_back(
        {middle_s(record), energy.value, time_quantile(record, 0.5).value});
  }
  for (std::size_t i = 0; i < drifts.size(); ++i) {
    std::ranges::sort(visits[i], {}, &Visited::time_s);
    drifts[i].visits = static_cast<int>(visits[i].size());
    drifts[i].span = Seconds{visits[i].back().time_s - visits[i].front().time_s};
    drifts[i].energy = rise(visits[i], &Visited::energy);
    drifts[i].time = rise(visits[i], &Visited::time);
  }
  return drifts;
}

}  // namespace ergon
