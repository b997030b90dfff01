#include "harness/run/runner.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "harness/clock.h"
#include "harness/run/cross_check.h"
#include "harness/run/edge_timing.h"
#include "harness/run/idle_phase.h"
#include "harness/run/measure.h"
#include "harness/run/prepared_point.h"
#include "harness/run/time_phase.h"
#include "kernels/error.h"

namespace ergon {
namespace {

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
  const std::unique_ptr<KernelLoad> load = try_point(record, device);
  if (load == nullptr) return;
  watch.follow_team(record.point.threads);
  const std::int64_t deadline_ns = clock.now_ns() + nanoseconds(protocol.point_max);
  TimePhase times = measure_time(*load, clock, protocol);
  record.time_batch = times.batch;
  record.times = std::move(times.times);
  EnergyPhase energy = measure_energy({*load, clock, sampler, watch}, protocol,
                                      median_time(record.times), deadline_ns);
  record.settling = std::move(energy.settling);
  record.windows = std::move(energy.windows);
  record.stop = energy.stop;
  for (Window& window : record.windows) window.checks = cross_checks.of(window);
  record.run_status = RunStatus::ok;
  judge_energy(record, primary(), protocol.windows_min, unmeasured_reason);
  if (record.reason.empty() && !load->why_not_recorded().empty()) {
    record.reason = "launched one by one, not as a graph: " + load->why_not_recorded();
  }
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
  try {
    state_->measure(record);
  } catch (const std::exception&) {
    fail_record(record);
  }
  return record;
}

std::vector<IdleStretch> Runner::idle() {
  return measure_idle(steady_clock(), state_->sampler, state_->protocol);
}

}  // namespace ergon
