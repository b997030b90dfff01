#include "bench/proof_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/record/student.h"

namespace ergon {
namespace {

constexpr double kGainDeviation = 0.025;  // 5 % at k = 2: measurement.md, NVML's boards
constexpr double kJitter = 0.02;          // of an update period: measurement.md, simulations

// Its errors are so large that a tenth of the replicates shows them.
constexpr int kNaiveEvery = 10;

struct Conditions {
  bool lags, coarse, drifts, warms;
  double noise;
};

// Lag, quantum, drift and a thermal ramp, so that each pair of them is seen together and apart; a
// sensor without any of these; one that rounds and does nothing else; and noise that takes windows
// beyond the least number.
constexpr Conditions kConditions[] = {
    {false, false, false, false, 0}, {true, true, false, true, 0.01},
    {true, false, true, true, 0.01}, {false, true, true, true, 0.01},
    {true, true, true, false, 0.1},  {false, true, false, false, 0},
};
constexpr double kPeriods[] = {0.001, 0.02, 0.1, 1};
constexpr double kWindowShares[] = {0.1, 0.25, 1, 10};
constexpr double kNetShares[] = {0.3, 0.6, 0.95};
// A second keeps step with the slowest period; the others with none.
constexpr double kLaunches[] = {1e-6, 130e-6, 37e-3, 1};
// Launch times of structured loads, in update periods: on, beside and between the resonances.
constexpr double kLaunchPeriods[] = {0.31, 1, 1.13, 3.7};
constexpr double kSwing = 0.8;

// A device of 200 W with steps of 2^-14 J as RAPL has, or NVML's 1 mW; or a whole node of 2 kW with
// steps of 1 J and 1 W as Cray's counters and IPMI have (for fast updates a twentieth of their
// energy). Between them, where idle power scatters by a twentieth to a third of a step, no
// statistic of rounded numbers tells what they hide: the interval is then a bound and covers more.
double gross_watts(const Conditions& conditions) { return conditions.coarse ? 2000 : 200; }

double step_of(const Conditions& conditions, Measure measure, double period_s) {
  if (measure == Measure::power) return conditions.coarse ? 1 : 1e-3;
  if (!conditions.coarse) return 0x1p-14;
  return std::min(1.0, gross_watts(conditions) * period_s / 20);
}

Trial make_trial(double period_s, double window_share, const Conditions& conditions,
                 double net_share, Measure measure) {
  Trial trial;
  trial.sensor.measure = measure;
  trial.sensor.period = Seconds{period_s};
  trial.sensor.window = Seconds{window_share * period_s};
  trial.sensor.lag = Seconds{conditions.lags ? period_s / 2 : 0};
  trial.sensor.quantum = step_of(conditions, measure, period_s);
  trial.sensor.jitter = kJitter;
  trial.sensor.noise = conditions.noise;
  const double gross = gross_watts(conditions);
  trial.machine.idle = Watts{(1 - net_share) * gross};
  trial.machine.drift_per_s = conditions.drifts ? 0.002 / 60 : 0;
  // A chip's own time; slower parts of a machine show as drift.
  trial.machine.thermal_rise = conditions.warms ? 0.01 : 0;
  trial.machine.thermal_time = Seconds{1};
  trial.load.power = Watts{net_share * gross};
  trial.gain_deviation = kGainDeviation;
  return trial;
}

// A quarter of the combinations of net share, launch time and kind of channel for each of the
// conditions: each pair of values of two factors is seen together.
void add_steady(std::vector<ProofCell>& cells, double period_s, double window_share) {
  int turn = 0;
  for (const Conditions& conditions : kConditions) {
    for (std::size_t net = 0; net < std::size(kNetShares); ++net) {
      for (std::size_t launch = 0; launch < std::size(kLaunches); ++launch) {
        if ((net + launch + turn) % 2 != 0) continue;
        const bool counts = (net + launch / 2 + turn / 2) % 2 == 0;
        Trial trial = make_trial(period_s, window_share, conditions, kNetShares[net],
                                 counts ? Measure::energy : Measure::power);
        trial.per_launch = Seconds{kLaunches[launch]};
        cells.push_back({trial, false});
      }
    }
    ++turn;
  }
}

void add_structured(std::vector<ProofCell>& cells, double period_s, double window_share) {
  for (const double periods : kLaunchPeriods) {
    for (const Measure measure : {Measure::energy, Measure::power}) {
      Trial trial =
          make_trial(period_s, window_share, {true, false, true, false, 0.01}, 0.6, measure);
      trial.per_launch = Seconds{periods * period_s};
      trial.load.swing = kSwing;
      trial.load.swing_period = trial.per_launch;
      cells.push_back({trial, true});
    }
  }
}

double percent(int count, int of) {
  if (of == 0) return std::numeric_limits<double>::quiet_NaN();
  return 100.0 * count / of;
}

bool within(double coverage) { return coverage >= kCoverageLeast && coverage <= kCoverageMost; }

void add_outcome(ProofTally& tally, const Outcome& outcome, double gain_deviation) {
  ++tally.replicates;
  tally.elapsed += outcome.elapsed;
  if (outcome.flagged) {
    ++tally.flagged;
    return;
  }
  const double truth = outcome.truth.value, seen = truth * outcome.gain;
  const double estimate = outcome.estimate.value, half_width = outcome.half_width.value;
  // Standard uncertainties in quadrature, degrees of freedom by Welch and Satterthwaite: JCGM 100
  // (GUM), annex G.4.
  const double u = half_width / student_t_975(outcome.freedom);
  const double u_both = std::hypot(u, gain_deviation * estimate);
  const double freedom = std::min(1e6, outcome.freedom * std::pow(u_both / u, 4));
  const double with_gain = student_t_975(freedom) * u_both;
  tally.covered += std::abs(estimate - seen) <= half_width ? 1 : 0;
  tally.covered_with_gain += std::abs(estimate - truth) <= with_gain ? 1 : 0;
  tally.bias += estimate / seen - 1;
  tally.windows += outcome.windows;
  tally.half_width += half_width / std::abs(estimate);
}

}  // namespace

double ProofTally::coverage() const { return percent(covered, unflagged()); }

double ProofTally::coverage_with_gain() const { return percent(covered_with_gain, unflagged()); }

bool ProofTally::holds() const {
  if (is_flagged()) {
    const double chance = 300 * std::sqrt(0.95 * 0.05 / std::max(unflagged(), 1));
    return unflagged() == 0 ||
           std::min(coverage(), coverage_with_gain()) >= kCoverageLeast - chance;
  }
  return within(coverage()) && within(coverage_with_gain()) && std::abs(bias) < 0.01;
}

std::vector<ProofCell> proof_grid(bool reduced) {
  std::vector<ProofCell> cells;
  for (const double period_s : kPeriods) {
    for (const double window_share : kWindowShares) {
      add_steady(cells, period_s, window_share);
      add_structured(cells, period_s, window_share);
    }
  }
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i].number = static_cast<int>(i);
  if (!reduced) return cells;
  std::vector<ProofCell> some;
  for (std::size_t i = 0; i < cells.size(); i += 37) some.push_back(cells[i]);
  return some;
}

ProofTally prove(const ProofCell& cell, const Protocol& protocol, int replicates,
                 std::uint64_t seed) {
  ProofTally tally;
  Random seeds(seed);
  for (int i = 0; i < replicates; ++i) {
    const std::uint64_t of_replicate = seeds.bits();
    add_outcome(tally, replicate(cell.trial, protocol, of_replicate), cell.trial.gain_deviation);
    if (i % kNaiveEvery != 0) continue;
    const Outcome naive = replicate_naively(cell.trial, of_replicate);
    const double error = naive.estimate.value / (naive.truth.value * naive.gain) - 1;
    tally.naive_bias += error;
    tally.naive_error += error * error;
  }
  const double counted = std::max(tally.unflagged(), 1);
  tally.bias /= counted;
  tally.windows /= counted;
  tally.half_width /= counted;
  tally.elapsed = tally.elapsed / replicates;
  const double naive = (replicates + kNaiveEvery - 1) / kNaiveEvery;
  tally.naive_bias /= naive;
  tally.naive_error = std::sqrt(tally.naive_error / naive);
  return tally;
}

}  // namespace ergon
