#include "analysis/compare/visit.h"

#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "harness/record/student.h"
#include "harness/record/summary.h"

namespace ergon {
namespace {

// Logarithms, one per window.
struct WindowLogs {
  std::vector<double> energy, time;
};

LogValue mean_of(std::span<const double> logs, double addend) {
  LogValue mean;
  if (logs.empty()) return mean;
  const auto n = static_cast<double>(logs.size());
  mean.value = 0;
  for (const double log : logs) mean.value += log / n;
  if (logs.size() < 2) return mean;
  double squares = 0;
  for (const double log : logs) squares += squared(log - mean.value);
  mean.variance = squared(kSequentialFactor) * squares / (n - 1) / n + addend;
  mean.freedom = n - 1;
  return mean;
}

double length_s(const Window& window) {
  return 1e-9 * static_cast<double>(window.end_ns - window.begin_ns);
}

const ChannelEnergy* joules_of(const Window& window, int channel) {
  const auto at = std::ranges::find(window.energy, channel, &ChannelEnergy::channel);
  return at == window.energy.end() || !std::isfinite(at->gross.value) ? nullptr : &*at;
}

WindowLogs logs_with_joules(const Record& record, const RunInfo& run, EnergyKind kind,
                            const IdleBaseline& baseline) {
  WindowLogs logs;
  if (run.primary_channel < 0) return logs;
  for (const Window& window : record.windows) {
    if (window.invalid != 0 || !(window.launches > 0)) continue;
    const ChannelEnergy* const energy = joules_of(window, run.primary_channel);
    if (energy == nullptr) continue;
    const double joules = kind == EnergyKind::gross
                              ? energy->gross.value
                              : baseline.net(record.run, window, *energy).net.value;
    if (!(joules > 0) || !(length_s(window) > 0)) continue;
    logs.energy.push_back(std::log(joules / window.launches));
    logs.time.push_back(std::log(length_s(window) / window.launches));
  }
  return logs;
}

// Batches of the time phase stand for windows: samples beside each other are not independent.
std::vector<double> time_phase_logs(const Record& record) {
  constexpr std::size_t kBatches = 8;
  const std::size_t count = std::min(kBatches, record.times.size());
  std::vector<double> logs;
  for (std::size_t b = 0; b < count; ++b) {
    std::vector<double> batch;
    for (std::size_t i = b * record.times.size() / count; i < (b + 1) * record.times.size() / count;
         ++i) {
      batch.push_back(record.times[i].value);
    }
    const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
    std::ranges::nth_element(batch, middle);
    if (*middle > 0) logs.push_back(std::log(*middle));
  }
  return logs;
}

std::vector<double> time_logs(const Record& record) {
  std::vector<double> logs;
  for (const Window& window : record.windows) {
    if (window.invalid != 0 || !(window.launches > 0) || !(length_s(window) > 0)) continue;
    logs.push_back(std::log(length_s(window) / window.launches));
  }
  return logs.empty() ? time_phase_logs(record) : logs;
}

// Why a record is no measurement of its point, of time even.
std::string unusable(const Record& record) {
  if (record.run_status != RunStatus::ok) return std::string(status_name(record.run_status));
  // What others measured, or nobody, was not checked here, and says so: not_run.
  const bool foreign = (record.energy_status == EnergyStatus::imported ||
                        record.energy_status == EnergyStatus::simulated) &&
                       record.check_status == CheckStatus::not_run;
  if (foreign || record.check_status == CheckStatus::passed ||
      record.check_status == CheckStatus::sampled) {
    return "";
  }
  return fmt::format("check {}", status_name(record.check_status));
}

std::string without_joules(const Record& record, const RunInfo& run, EnergyKind kind,
                           const IdleBaseline& baseline) {
  if (run.primary_channel < 0) return "energy unmeasured: " + run.unmeasured_reason;
  if (record.energy_status == EnergyStatus::unmeasured ||
      record.energy_status == EnergyStatus::invalid) {
    return fmt::format("energy {}", status_name(record.energy_status));
  }
  if (kind == EnergyKind::net) {
    const std::string why = baseline.net_reason(record, run.primary_channel);
    return why.empty() ? "no net energy above zero" : "no net energy: " + why;
  }
  return "no valid window";
}

// Variance of the logarithm by the record's 95 % interval, and its freedom.
void take_interval(LogValue& value, const Interval& interval) {
  if (!(interval.freedom > 0) || !std::isfinite(interval.half_width)) return;
  const double u = interval.half_width / student_t_975(std::max(1.0, interval.freedom));
  value.variance = squared(u / interval.value);
  value.freedom = interval.freedom;
}

void put_energy(PointVisit& visit, const Record& record, const RunInfo& run, EnergyKind kind,
                const IdleBaseline& baseline, const WindowLogs& logs) {
  LogValue energy = mean_of(logs.energy, 0);
  const double scatter = energy.variance;
  const LaunchIntervals intervals = record_intervals(baseline, record, run, run.primary_channel);
  take_interval(energy, kind == EnergyKind::gross ? intervals.gross : intervals.net);
  // What the interval has beyond the scatter: rounding, idle.
  const double addend = std::isfinite(scatter) ? std::max(0.0, energy.variance - scatter) : 0;
  std::vector<double> power, edp;
  for (std::size_t i = 0; i < logs.energy.size(); ++i) {
    power.push_back(logs.energy[i] - logs.time[i]);
    edp.push_back(logs.energy[i] + logs.time[i]);
  }
  visit.values[index_of(Metric::energy)] = energy;
  visit.values[index_of(Metric::time)] = mean_of(logs.time, 0);
  visit.values[index_of(Metric::power)] = mean_of(power, addend);
  visit.values[index_of(Metric::edp)] = mean_of(edp, addend);
}

}  // namespace

PointVisit visit_of(const Record& record, const RunInfo& run, EnergyKind energy,
                    const IdleBaseline& baseline) {
  PointVisit visit{.unusable = unusable(record)};
  if (!visit.unusable.empty()) return visit;
  if (!record.windows.empty()) {
    visit.at_s = (static_cast<double>(record.windows.front().begin_ns) +
                  static_cast<double>(record.windows.back().end_ns)) /
                 2 * 1e-9;
  }
  const bool declared = record.energy_status != EnergyStatus::unmeasured &&
                        record.energy_status != EnergyStatus::invalid;
  const WindowLogs logs = declared ? logs_with_joules(record, run, energy, baseline) : WindowLogs{};
  if (!logs.energy.empty()) {
    visit.windows = static_cast<int>(logs.energy.size());
    put_energy(visit, record, run, energy, baseline, logs);
    return visit;
  }
  visit.energy_reason = without_joules(record, run, energy, baseline);
  const std::vector<double> times = time_logs(record);
  if (times.empty()) visit.unusable = visit.energy_reason + ", and no time";
  visit.windows = static_cast<int>(times.size());
  visit.values[index_of(Metric::time)] = mean_of(times, 0);
  return visit;
}

}  // namespace ergon
