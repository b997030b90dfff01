#include "harness/run/runner.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>

#include <fmt/format.h>

#include "harness/clock.h"
#include "harness/config/plan.h"
#include "harness/run/cross_check.h"
#include "harness/run/edge_timing.h"
#include "harness/run/idle_phase.h"
#include "harness/run/kernel_load.h"
#include "harness/run/measure.h"
#include "harness/run/operands.h"
#include "harness/run/time_phase.h"
#include "kernels/check.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// What the reference may cost a point: about 0.1 s of plain double-precision loops.
constexpr std::int64_t kCheckFlopsMax = 100'000'000;
// Cold points of small problems would need a bound launch for every few bytes of cache.
constexpr std::int64_t kOperandSetsMax = 16'384;

// The name of an operand that the kernel should only have read, but changed; empty: none.
std::string changed_input(const Problem& problem, const OperandBytes& before,
                          std::span<const Buffer> after, Device& device) {
  const Operands operands = problem.primitive->operands(problem);
  for (std::size_t i = 0; i + 1 < operands.size(); ++i) {
    std::vector<std::byte> bytes(before.bytes[i].size());
    device.download(bytes, after[i]);
    if (bytes != before.bytes[i]) return std::string(operands[i].name);
  }
  return "";
}

// Holds the first launch against the reference; false, with the record's reason, where wrong.
// Puts what was computed in the place of the output's bytes.
bool check_first_launch(Record& record, OperandBytes& operands, KernelLoad& load, Device& device) {
  load.launch(1);
  device.download(operands.bytes.back(), load.first_set().back());
  const Problem& problem = record.point.problem;
  const Check check = check_output(problem, operands.bytes, kCheckFlopsMax, record.point.fill.seed);
  record.error_max = check.error_max;
  record.tolerance = check.tolerance;
  record.checked = check.checked;
  record.check_status = check.complete ? CheckStatus::passed : CheckStatus::sampled;
  if (!check.passed) {
    record.reason = "wrong result: " + check.worst;
  } else {
    const std::string input = changed_input(problem, operands, load.first_set(), device);
    if (!input.empty()) record.reason = "wrong result: the launch wrote to its input " + input;
  }
  if (!record.reason.empty()) record.check_status = CheckStatus::wrong;
  return record.reason.empty();
}

Seconds median(std::vector<Seconds> times) {
  const auto middle = times.begin() + std::ssize(times) / 2;
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

std::string fault_names(std::uint32_t faults) {
  std::string names;
  for (const FaultName& fault : window_faults()) {
    if ((faults & fault.bit) == 0) continue;
    names += (names.empty() ? "" : ", ") + std::string(fault.name);
  }
  return names;
}

}  // namespace

struct Runner::State {
  Device& device;
  Sampler& sampler;
  Watch& watch;
  Protocol protocol;
  std::string unmeasured_reason;
  CrossChecks cross_checks{sampler.channels()};

  [[nodiscard]] const Channel* primary() const {
    const int index = sampler.primary();
    return index < 0 ? nullptr : &sampler.channels()[static_cast<std::size_t>(index)];
  }

  void measure(Record& record);
};

void Runner::State::measure(Record& record) {
  Clock& clock = steady_clock();
  const Point& point = record.point;
  OperandBytes operands = fill_operands(point.problem, point.fill);
  record.zero_fraction = operands.zero_fraction;
  const std::int64_t sets = count_operand_sets(operands, point.cold, device.caches());
  if (sets > kOperandSetsMax) {
    record.run_status = RunStatus::refused;
    record.reason = fmt::format(
        "too small to be measured cold: {} operand sets would be needed, at most {} are made", sets,
        kOperandSetsMax);
    return;
  }
  record.operand_sets = static_cast<int>(sets);
  KernelLoad load(point, operands, sets, device);
  if (!check_first_launch(record, operands, load, device)) return;
  operands = {};  // as large as the problem, and not needed any more
  watch.follow_team(point.threads);
  const std::int64_t deadline_ns = clock.now_ns() + nanoseconds(protocol.point_max);
  TimePhase times = measure_time(load, clock, protocol);
  record.time_batch = times.batch;
  record.times = std::move(times.times);
  EnergyPhase energy =
      measure_energy({load, clock, sampler, watch}, protocol, median(record.times), deadline_ns);
  record.settling = std::move(energy.settling);
  record.windows = std::move(energy.windows);
  record.stop = energy.stop;
  for (Window& window : record.windows) window.checks = cross_checks.of(window);
  record.run_status = RunStatus::ok;
  judge_energy(record, primary(), protocol.windows_min, unmeasured_reason);
}

EnergyStatus energy_status_of(Source source) {
  switch (source) {
    case Source::measured:
      return EnergyStatus::measured;
    case Source::estimated:
      return EnergyStatus::estimated;
    case Source::simulated:
      return EnergyStatus::simulated;
    case Source::imported:
      return EnergyStatus::imported;
  }
  ERGON_ASSERT(!"a source without a status");
}

void judge_energy(Record& record, const Channel* primary, int windows_min,
                  const std::string& unmeasured_reason) {
  if (primary == nullptr) {
    record.energy_status = EnergyStatus::unmeasured;
    record.reason = unmeasured_reason;
    return;
  }
  std::uint32_t faults = 0;
  std::ptrdiff_t valid = 0, channels_failed = 0;
  for (const Window& window : record.windows) {
    faults |= window.invalid;
    valid += window.invalid == 0 ? 1 : 0;
    channels_failed += std::count_if(window.energy.begin(), window.energy.end(),
                                     [&window](const ChannelEnergy& energy) {
                                       return window.invalid == 0 && std::isnan(energy.gross.value);
                                     });
  }
  record.energy_status = energy_status_of(primary->source);
  if (valid < windows_min) {
    record.reason =
        fmt::format("{} valid windows of {}, {} wanted", valid, record.windows.size(), windows_min);
    if (faults != 0) record.reason += ": " + fault_names(faults);
    if (valid == 0) record.energy_status = EnergyStatus::invalid;
  } else if (channels_failed > 0) {
    record.reason = "a channel beside the primary one failed in some windows";
  }
  // An estimate stays one in every file, however few its windows.
  const bool measured = record.energy_status == EnergyStatus::measured;
  if (measured && !record.reason.empty()) record.energy_status = EnergyStatus::partial;
}

Runner::Runner(Device& device, Sampler& sampler, Watch& watch, Protocol protocol,
               std::string unmeasured_reason)
    : state_(new State{device, sampler, watch,
                       with_time_for(std::move(protocol), period_of_primary(sampler)),
                       std::move(unmeasured_reason)}) {}

Runner::~Runner() = default;

Record Runner::run(const Point& point) {
  Record record;
  record.point = point;
  record.error_max = std::numeric_limits<double>::quiet_NaN();
  record.reason = refusal(point, state_->device.threads_max());
  if (!record.reason.empty()) {
    record.run_status = RunStatus::refused;
    return record;
  }
  try {
    state_->measure(record);
  } catch (const std::bad_alloc&) {
    record.run_status = RunStatus::failed;
    record.reason = "out of memory; a smaller problem, or fewer operand sets, may fit";
  } catch (const std::exception& error) {
    record.run_status = RunStatus::failed;
    record.reason = error.what();
  }
  return record;
}

std::vector<IdleStretch> Runner::idle() {
  return measure_idle(steady_clock(), state_->sampler, state_->protocol);
}

}  // namespace ergon
