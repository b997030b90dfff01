#include "bench/compare_proof.h"

#include <cmath>
#include <memory>

#include <fmt/format.h>

#include "harness/meter/virtual_sampler.h"
#include "harness/record/kernel_finder.h"
#include "harness/run/idle_phase.h"
#include "harness/run/measure.h"
#include "harness/simulate/machine.h"
#include "harness/simulate/random.h"

namespace ergon {
namespace {

constexpr double kOfPower = 0.8, kOfTime = 0.6;
constexpr Seconds kReadingPeriod{0.01};
constexpr int kBlock = 10;  // points between two idle stretches
constexpr double kIdleWatts = 60, kLoadWatts = 90;

// Windows of a fifth of a second of a sensor that counts every 10 ms.
Protocol proof_protocol(int windows) {
  Protocol protocol = *protocol_preset("quick");
  protocol.window_min = Seconds{0.2};
  protocol.windows_min = protocol.windows_max = windows;
  protocol.settle_max = protocol.settle_min = Seconds{0};
  protocol.idle = Seconds{1};
  return protocol;
}

// The same shapes in every seed: m, n, k over some orders of magnitude.
Problem shape_of(int index) {
  static constexpr std::int64_t kM[] = {16, 64, 256, 1024, 4096};
  static constexpr std::int64_t kK[] = {128, 512, 2048};
  return make_problem(*primitive::named("gemm"),
                      {kM[index % 5], 256 * (1 + index / 15), kK[index / 5 % 3]});
}

double launch_s(const Problem& problem) {
  return 5e-6 + static_cast<double>(problem.primitive->work(problem).flops) / 2e12;
}

// Some shapes draw more power than others.
double load_watts(int index) { return kLoadWatts * (0.7 + 0.05 * (index % 13)); }

// One run: a machine in a state of its own, one sensor, points in blocks with sentinels around.
class SimulatedRun {
 public:
  SimulatedRun(const CompareWorld& world, const CompareSideSetup& setup, Random& random)
      : world_(world),
        setup_(setup),
        random_(random),
        protocol_(proof_protocol(world.windows)),
        power_factor_(setup.power * (1 + kOfPower * world.run_to_run * random.normal())),
        time_factor_(1 + kOfTime * world.run_to_run * random.normal()),
        truth_({.idle = Watts{kIdleWatts * power_factor_},
                .drift_per_s = 0.001 / 60 * random.normal(),
                .thermal_rise = 0.01,
                .thermal_time = Seconds{1}}),
        sampler_(clock_, meter_clock_, meters(), kReadingPeriod) {
    truth_.set_memory(Seconds{20});
  }

  void measure(Results& results, int number) {
    const int run = static_cast<int>(results.runs.size());
    results.runs.push_back(describe(number));
    KernelFinder kernels(results);
    kernel_ = kernels.find("gemm/made", DeviceKind::cpu);
    std::vector<int> order;
    for (int i = 0; i < world_.shapes; ++i) order.push_back(i);
    for (std::size_t i = order.size(); i > 1; --i) {
      std::swap(order[i - 1], order[random_.bits() % i]);
    }
    visits_.assign(static_cast<std::size_t>(world_.shapes), 0);
    visit_sentinels(results, run);
    for (std::size_t i = 0; i < order.size(); ++i) {
      visit(results, run, order[i], false);
      if ((i + 1) % kBlock == 0 || i + 1 == order.size()) visit_sentinels(results, run);
    }
  }

 private:
  std::vector<std::unique_ptr<Meter>> meters() {
    SensorModel sensor;
    sensor.period = sensor.window = Seconds{0.01};
    sensor.quantum = 0x1p-14;
    sensor.noise = world_.noise;
    sensor.gain = setup_.gain;
    sensor.phase = random_.uniform();
    sensor.seed = random_.bits();
    std::vector<std::unique_ptr<Meter>> list;
    list.push_back(std::make_unique<SensorMeter>(meter_clock_, truth_, sensor));
    return list;
  }

  RunInfo describe(int number) const {
    RunInfo run;
    run.id = fmt::format("{}-{}-{}", setup_.device, setup_.seed, number);
    run.device = setup_.device;
    run.started_utc = fmt::format("2024-01-01T{:02}:{:02}:00Z", number / 60, number % 60);
    run.primary_channel = 0;
    run.channels = {sampler_.channels()[0]};
    run.channels[0].gain_relative = world_.gain;
    run.channels[0].gain_group = fmt::format("{}: sensor", setup_.device);
    run.provenance = "{}";
    return run;
  }

  void visit_sentinels(Results& results, int run) {
    for (IdleStretch& stretch : measure_idle(clock_, sampler_, protocol_)) {
      stretch.run = run;
      results.idle.push_back(std::move(stretch));
    }
    for (int i = 0; i < world_.sentinels; ++i) visit(results, run, 7 * i % world_.shapes, true);
  }

  void visit(Results& results, int run, int index, bool sentinel) {
    const Problem problem = shape_of(index);
    const Seconds per_launch{launch_s(problem) * time_factor_};
    const double visited = 1 + world_.visit * random_.normal();
    // Gross power has all factors; idle power has those of the run.
    const double gross = (kIdleWatts + load_watts(index)) * power_factor_ * visited;
    SimulatedLoad load(clock_, truth_, per_launch,
                       {.power = Watts{gross - kIdleWatts * power_factor_}});
    Record record;
    record.point = {.problem = problem, .kernel = kernel_, .threads = 1, .fill = {}};
    record.run = run;
    record.order = static_cast<std::int64_t>(results.records.size());
    record.repetition = visits_[static_cast<std::size_t>(index)]++;
    record.sentinel = sentinel;
    record.run_status = RunStatus::ok;
    record.check_status = CheckStatus::not_run;
    record.energy_status = EnergyStatus::simulated;
    BlindWatch watch;
    const std::int64_t deadline_ns = clock_.now_ns() + 600'000'000'000;
    record.windows =
        measure_energy({load, clock_, sampler_, watch}, protocol_, per_launch, deadline_ns).windows;
    load.stop();
    record.times = {per_launch};
    results.records.push_back(std::move(record));
  }

  const CompareWorld& world_;
  const CompareSideSetup& setup_;
  Random& random_;
  Protocol protocol_;
  double power_factor_, time_factor_;
  VirtualClock clock_, meter_clock_;
  PowerTruth truth_;
  VirtualSampler sampler_;
  const Kernel* kernel_ = nullptr;
  std::vector<int> visits_;
};

bool is_told(Verdict verdict) { return verdict == Verdict::lower || verdict == Verdict::higher; }

// What differs: power, and with it energy and the product; never time.
bool is_false(const Contrast& contrast, Metric metric, double difference) {
  if (!is_told(contrast.verdict)) return false;
  if (metric == Metric::time || difference == 0) return true;
  return (contrast.verdict == Verdict::higher) != (difference > 0);
}

}  // namespace

const std::array<CompareCase, 6>& compare_cases() {
  static constexpr std::array<CompareCase, 6> kCases = {
      CompareCase{.name = "one device, builds 3 % apart", .difference = 0.03},
      CompareCase{.name = "one device, equal builds"},
      CompareCase{.name = "two devices, 3 % apart", .difference = 0.03, .two_devices = true},
      CompareCase{.name = "two devices, equal", .two_devices = true},
      CompareCase{.name = "one device, 3 % apart, 3 runs", .difference = 0.03, .runs = 3},
      CompareCase{.name = "one device, equal builds, 3 runs", .runs = 3}};
  return kCases;
}

Results simulate_side(const CompareWorld& world, const CompareSideSetup& setup, int runs) {
  Results results;
  Random random(setup.seed);
  for (int run = 0; run < runs; ++run) {
    SimulatedRun(world, setup, random).measure(results, setup.first_run + 2 * run);
  }
  return results;
}

CompareOutcome prove_comparison(const CompareCase& setup, const CompareWorld& world,
                                std::uint64_t seed) {
  Random random(seed);
  const double first_gain = 1 + world.gain * random.normal();
  const double second_gain = setup.two_devices ? 1 + world.gain * random.normal() : first_gain;
  const Results first = simulate_side(
      world, {.device = "Machine 1", .gain = first_gain, .seed = random.bits()}, setup.runs);
  const Results second = simulate_side(world,
                                       {.device = setup.two_devices ? "Machine 2" : "Machine 1",
                                        .power = 1 + setup.difference,
                                        .gain = second_gain,
                                        .seed = random.bits(),
                                        .first_run = 1},
                                       setup.runs);
  const std::vector<SideData> sides = {side_of_results(first, "first", EnergyKind::gross, 0.05),
                                       side_of_results(second, "second", EnergyKind::gross, 0.05)};
  const PairComparison pair = compare_sides(sides, CompareOptions{}).front();
  CompareOutcome outcome;
  outcome.energy = pair.means.front().contrasts[index_of(Metric::energy)].verdict;
  const auto look = [&](const PerMetric<Contrast>& contrasts) {
    for (const Metric metric : kMetrics) {
      outcome.false_verdict |= is_false(contrasts[index_of(metric)], metric, setup.difference);
    }
  };
  for (const MeanContrast& mean : pair.means) look(mean.contrasts);
  for (const ShapeContrast& shape : pair.shapes) {
    look(shape.contrasts);
    const Verdict energy = shape.contrasts[index_of(Metric::energy)].verdict;
    outcome.shapes_told += is_told(energy) ? 1 : 0;
    outcome.shapes_gain += energy == Verdict::within_gain ? 1 : 0;
  }
  return outcome;
}

bool CompareTally::holds(const CompareCase& setup) const {
  if (false_verdicts * 20 > seeds) return false;
  if (setup.two_devices) return within_gain * 20 >= 19 * seeds;
  return setup.difference == 0 || told * 20 >= 19 * seeds;
}

CompareTally prove_comparisons(const CompareCase& setup, const CompareWorld& world,
                               std::uint64_t seed, int seeds) {
  CompareTally tally{.seeds = seeds};
  Random random(seed);
  for (int i = 0; i < seeds; ++i) {
    const CompareOutcome outcome = prove_comparison(setup, world, random.bits());
    tally.told += is_told(outcome.energy) ? 1 : 0;
    tally.within_gain += outcome.energy == Verdict::within_gain ? 1 : 0;
    tally.false_verdicts += outcome.false_verdict ? 1 : 0;
    tally.shapes_told +=
        static_cast<double>(outcome.shapes_told) / world.shapes / static_cast<double>(seeds);
  }
  return tally;
}

}  // namespace ergon
