#include "harness/meter/characterise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <vector>

#include "harness/meter/channel_watch.h"
#include "harness/meter/response_fit.h"

namespace ergon {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
// Below a quarter a window is told as a bound; one of a quarter, found to a few percent, is not.
constexpr double kBoundDuty = 0.23, kDutyCycled = 0.9;
// Standard uncertainties that are wanted: of the window, and of the lag in periods.
constexpr double kWindowWanted = 0.03, kLagWanted = 0.0125;
constexpr int kRoundsMax = 8;
constexpr double kBudgetLeast = 60, kBudgetFactor = 100;  // s, and times max(T, W)
constexpr double kBudgetShare = 0.9;                      // for T and W are not known exactly
constexpr double kQuiet = 45, kQuietEnd = 55;             // s without updates enough
constexpr double kDwellLeast = 1e-4;                      // s; no real load switches faster
constexpr double kExplainedLeast = 0.5;

// The value at `share` of the sorted values, between neighbours.
double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - static_cast<double>(below));
}

Found median(std::vector<double> values) {
  if (values.empty()) return {kNaN, kNaN};
  std::ranges::sort(values);
  const double spread = (quantile(values, 0.75) - quantile(values, 0.25)) / 1.349;
  // Of the median of n normal values: 1.253 sigma / sqrt(n).
  const double root = std::sqrt(static_cast<double>(values.size()));
  return {quantile(values, 0.5), 1.253 * spread / root};
}

// Half the distance of the order statistics one binomial deviation either side.
Found percentile_99(std::vector<double> values) {
  std::ranges::sort(values);
  const double by = std::sqrt(0.99 * 0.01 / static_cast<double>(values.size()));
  return {quantile(values, 0.99),
          (quantile(values, std::min(1.0, 0.99 + by)) - quantile(values, 0.99 - by)) / 2};
}

// The distance of two updates, where not most of them are unseen.
double typical_interval(const std::vector<ChannelUpdate>& updates) {
  std::vector<double> intervals;
  for (const ChannelUpdate& u : updates) {
    if (u.interval_s > 0) intervals.push_back(u.interval_s);
  }
  const double middle = median(intervals).value;
  // A coarse quantum hides updates: where a fair part comes far sooner, that part has the period.
  std::vector<double> sooner;
  std::ranges::copy_if(intervals, std::back_inserter(sooner),
                       [=](double interval) { return interval < 0.6 * middle; });
  return sooner.size() * 5 > intervals.size() ? median(sooner).value : middle;
}

// Which intervals are whole numbers of periods, and how many.
struct Intervals {
  double typical_s;
  [[nodiscard]] int periods(const ChannelUpdate& u) const {
    constexpr int kMost = 5;  // beyond it the count itself is in doubt
    if (u.interval_s <= 0 || u.slack_s > typical_s / 4) return 0;
    const long count = std::lround(u.interval_s / typical_s);
    return count > kMost ? 0 : static_cast<int>(count);
  }
};

// T is the sum of the intervals over that of their periods: where neighbours share the error of
// the update between them it drops out.
void find_period(const std::vector<ChannelUpdate>& updates, Characterisation& found) {
  const Intervals intervals{typical_interval(updates)};
  double sum = 0;
  std::int64_t periods = 0, missed = 0;
  for (const ChannelUpdate& u : updates) {
    const int n = intervals.periods(u);
    sum += n > 0 ? u.interval_s : 0;
    periods += n;
    missed += std::max(0, n - 1);
  }
  if (periods == 0) return;
  const double period = sum / static_cast<double>(periods);
  std::vector<double> deviations;
  double squares = 0;
  for (const ChannelUpdate& u : updates) {
    if (intervals.periods(u) != 1) continue;
    deviations.push_back(std::abs(u.interval_s - period));
    squares += deviations.back() * deviations.back();
  }
  const double n = static_cast<double>(std::max<std::size_t>(1, deviations.size()));
  found.period = {period, std::sqrt(squares / n / n)};
  found.jitter = {median(deviations).value, median(deviations).value * 1.17 / std::sqrt(n)};
  found.updates_missed = missed;
}

void find_quantum(const std::vector<ChannelUpdate>& updates, const Channel& channel,
                  Characterisation& found) {
  std::int64_t divisor = 0;
  for (const ChannelUpdate& u : updates) divisor = std::gcd(divisor, u.step);
  if (divisor == 0) return;
  // The source rounds to whole counts, whatever its own step is.
  found.quantum = {channel.scale * static_cast<double>(divisor), channel.scale / std::sqrt(12.0)};
}

// Updates that show one period each: what the response is fitted to.
std::vector<SeenUpdate> whole_updates(const std::vector<ChannelUpdate>& updates, double period_s) {
  const Intervals intervals{period_s};
  std::vector<SeenUpdate> whole;
  for (const ChannelUpdate& u : updates) {
    if (intervals.periods(u) == 1) whole.push_back({u.time_s, u.value});
  }
  return whole;
}

class Characteriser {
 public:
  Characteriser(Clock& clock, Meter& meter, std::size_t channel, SwitchedLoad& load,
                std::uint64_t seed)
      : channel_(meter.channels()[channel]), watch_(clock, meter, channel, load, seed) {
    found_.channel = channel_.name;
    found_.measure = channel_.measure;
    found_.source = channel_.source;
    for (Found* f : {&found_.period, &found_.jitter, &found_.latency, &found_.latency_p99,
                     &found_.quantum, &found_.window, &found_.lag, &found_.duty_cycle}) {
      *f = {kNaN, kNaN};
    }
  }

  Characterisation run() {
    watch_updates();
    if (updates_suffice()) {
      find_period(watch_.updates(), found_);
      watch_response();
    }
    watch_.finish();
    summarise();
    return found_;
  }

 private:
  // Until the period is known well enough to plan the rest.
  void watch_updates() {
    const auto done = [&] {
      const double elapsed = watch_.elapsed_s();
      const std::size_t updates = watch_.updates().size();
      return (updates >= 64 && elapsed >= 0.25) || (updates >= 8 && elapsed >= 12) ||
             (updates >= 4 && elapsed >= kQuiet) || elapsed >= kQuietEnd;
    };
    while (!done()) {
      watch_.set_poll(std::max(50e-6, watch_.elapsed_s() / 2000));
      watch_.poll();
    }
  }

  // Else there is no update, or each read is one: the source has no period of its own.
  [[nodiscard]] bool updates_suffice() const {
    const auto updates = static_cast<std::int64_t>(watch_.updates().size());
    return updates >= 4 && 2 * updates < watch_.reads() &&
           std::isfinite(typical_interval(watch_.updates()));
  }

  // Dwells of all lengths first, to find the scale of the window; then twice dwells of its scale,
  // which tell most of it.
  void watch_response() {
    const double period = found_.period.value;
    watch_.set_poll(std::clamp(period / 50, 20e-6, 10e-3));
    watch_for(std::max(30 * period, 4.0), {period / 4, std::max(20 * period, 0.5)});
    ResponseFit fit = fit_so_far();
    // The first guess of a long window may be far too long: the budget takes half of it.
    const double first = window_of(fit, period / 4);
    watch_for(std::min(std::max(400 * period, 25 * first), 0.45 * left_s(first / 2)),
              {0.3 * first, 6 * first});
    fit = fit_so_far();
    const double second = window_of(fit, period / 16);
    watch_for(std::min(std::max(600 * period, 25 * second), left_s(second)),
              {0.4 * second, 2.5 * second});
    fit = fit_so_far();
    for (int round = 0; round < kRoundsMax && !is_precise(fit); ++round) {
      const double scale = window_of(fit, period / 16);
      const double more_s = std::min(std::max(1000 * period, 25 * scale), left_s(scale));
      if (more_s < 4 * scale) break;
      watch_for(more_s, {0.4 * scale, 2.5 * scale});
      fit = fit_so_far();
    }
    find_period(watch_.updates(), found_);
    take_response(fit_so_far());
  }

  [[nodiscard]] bool is_precise(const ResponseFit& fit) const {
    const double period = found_.period.value;
    const double window = std::max(fit.window_s, kBoundDuty * period);
    return fit.window_u_s <= kWindowWanted * window && fit.lag_u_s <= kLagWanted * period;
  }

  static double window_of(const ResponseFit& fit, double least) {
    return std::max(fit.window_s, least);
  }

  // What is left of the time that the task may take, were the window this long.
  double left_s(double window_s) {
    const double whole =
        std::max(kBudgetLeast, kBudgetFactor * std::max(found_.period.value, window_s));
    return std::max(0.0, kBudgetShare * whole - watch_.elapsed_s());
  }

  void watch_for(double seconds, const ChannelWatch::Dwell& dwell) {
    watch_.set_dwell({std::max(dwell.min_s, kDwellLeast), std::max(dwell.max_s, 4 * kDwellLeast)});
    const double end_s = watch_.elapsed_s() + seconds;
    while (watch_.elapsed_s() < end_s) watch_.poll();
  }

  ResponseFit fit_so_far() {
    const double period = found_.period.value;
    return fit_response(whole_updates(watch_.updates(), period), watch_.switches_s(),
                        {period / 20, std::max(15 * period, 1.2), std::max(2 * period, 0.6)});
  }

  void take_response(const ResponseFit& fit) {
    found_.residual = fit.residual;
    responds_ = fit.explained >= kExplainedLeast && std::isfinite(fit.window_u_s);
    if (!responds_) return;
    const double period = found_.period.value;
    // The moment of a read is known to its latency, and so is that of an update.
    const double read_s = median(watch_.latencies_s()).value / 2;
    found_.lag = {fit.lag_s, std::hypot(fit.lag_u_s, read_s)};
    const double bound = fit.window_s + 3 * fit.window_u_s;
    found_.window_is_bound = bound < kBoundDuty * period;
    found_.window = {found_.window_is_bound ? std::max(bound, period / 50) : fit.window_s,
                     fit.window_u_s};
    const double duty = found_.window.value / period;
    found_.duty_cycle = {duty, duty * std::hypot(fit.window_u_s / found_.window.value,
                                                 found_.period.uncertainty / period)};
    found_.duty_cycled = duty < kDutyCycled;
  }

  void summarise() {
    found_.reads = watch_.reads();
    found_.errors = watch_.errors();
    found_.updates = static_cast<std::int64_t>(watch_.updates().size());
    found_.stale_reads = found_.reads - found_.errors - found_.updates;
    found_.latency = median(watch_.latencies_s());
    found_.latency_p99 = percentile_99(watch_.latencies_s());
    find_quantum(watch_.updates(), channel_, found_);
    found_.elapsed = Seconds{watch_.elapsed_s()};
    found_.verdict = verdict();
  }

  [[nodiscard]] std::string verdict() const {
    const std::string failed = found_.errors == 0
                                   ? ""
                                   : fmt::format("; {} reads of {} failed: {}", found_.errors,
                                                 found_.reads, std::strerror(watch_.last_error()));
    return state() + failed;
  }

  [[nodiscard]] std::string state() const {
    if (found_.errors == found_.reads) return "cannot be read";
    if (found_.updates == 0) return "never changes, load or no load";
    if (2 * found_.updates >= found_.reads)
      return "a new number at each read: no period of its own";
    if (std::isnan(found_.period.value)) return "changes too seldom to tell a period";
    if (!responds_) return "does not follow the load: window and lag cannot be found";
    const double percent = 100 * found_.duty_cycle.value;
    if (found_.window_is_bound) return fmt::format("sees at most {:.0f} % of the time", percent);
    if (found_.duty_cycled) return fmt::format("sees {:.0f} % of the time", percent);
    if (found_.duty_cycle.value > 1.1) {
      return fmt::format("sees all of the time, as means of {:.1f} periods", percent / 100);
    }
    return "sees all of the time";
  }

  const Channel& channel_;
  ChannelWatch watch_;
  Characterisation found_{};
  bool responds_ = false;
};

}  // namespace

bool Characterisation::responds() const {
  return std::isfinite(period.value) && std::isfinite(window.value) && std::isfinite(lag.value);
}

Characterisation characterise(Clock& clock, Meter& meter, std::size_t channel, SwitchedLoad& load,
                              std::uint64_t seed) {
  return Characteriser(clock, meter, channel, load, seed).run();
}

}  // namespace ergon
