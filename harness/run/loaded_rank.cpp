#include "harness/run/loaded_rank.h"

#include <algorithm>

#include "harness/clock.h"
#include "harness/run/edge_timing.h"
#include "harness/run/idle_phase.h"
#include "harness/run/prepared_point.h"
#include "harness/run/settle.h"
#include "harness/run/time_phase.h"
#include "kernels/error.h"

namespace ergon {
namespace {

OpenMeters meters_of(const PartSetup& setup, bool leads) {
  if (!leads) return {.meters = {}, .closed = {"the leader of the node reads its meters"}};
  return open_meters(setup.conditions.meters, setup.root, meter_options(setup.conditions.protocol),
                     {setup.unmetered, setup.unmetered_of_all});
}

}  // namespace

LoadedRank::LoadedRank(const PartSetup& setup, Device& device, bool leads)
    : device_(device),
      leads_(leads),
      open_(meters_of(setup, leads)),
      sampler_(start_sampler(std::move(open_.meters), find_free_cpu(setup.threads_most))),
      run_(describe_run(setup, device, *sampler_, watch_, open_.closed)),
      checks_(sampler_->channels()),
      protocol_(setup.conditions.protocol),
      random_(static_cast<std::uint64_t>(steady_clock().now_ns())) {}

std::vector<IdleStretch> LoadedRank::idle() {
  return measure_idle(steady_clock(), *sampler_, protocol_);
}

Record LoadedRank::prepare(const Point& point) {
  Record record;
  record.point = point;
  drop();
  kernel_ = try_point(record, device_);
  if (kernel_ != nullptr) {
    watch_.follow_team(point.threads);
    logged_ = std::make_unique<LoggedLoad>(*kernel_, steady_clock());
    rig_ = std::make_unique<Rig>(Rig{*logged_, steady_clock(), *sampler_, watch_});
    record.run_status = RunStatus::ok;
  }
  ready_ns_ = steady_clock().now_ns();
  return record;
}

Seconds LoadedRank::time(std::int64_t start_ns, Record& record) {
  const Seconds waited{static_cast<double>(steady_clock().now_ns() - ready_ns_) * 1e-9};
  steady_clock().wait_until(start_ns);
  TimePhase times = measure_time(*kernel_, steady_clock(), protocol_);
  record.time_batch = times.batch;
  record.times = std::move(times.times);
  return waited;
}

Settling LoadedRank::begin_load(std::int64_t start_ns, std::int64_t deadline_ns,
                                Seconds per_launch) {
  per_launch_ = per_launch;
  windows_.clear();
  hidden_share_ = 0;
  steady_clock().wait_until(start_ns);
  running_ = std::make_unique<RunningLoad>(*rig_, per_launch);
  if (leads_) return settle(*running_, *rig_, protocol_, deadline_ns);
  keep_running();
  return {};
}

void LoadedRank::keep_running() { running_->run_until(steady_clock().now_ns()); }

void LoadedRank::mark() { static_cast<void>(watch_.take()); }

Window LoadedRank::measure_window(std::int64_t from_ns, Seconds length, Seconds length_min) {
  if (hidden_share_ > 0) turn_phase(*running_, *rig_, per_launch_, random_);
  const std::int64_t now_ns = steady_clock().now_ns();
  const Seconds pause{static_cast<double>(std::max<std::int64_t>(from_ns - now_ns, 0)) * 1e-9};
  LoadedEdge begin, end;
  running_->find_edge(begin_from(windows_, pause, *rig_, random_), begin);
  const std::int64_t length_ns = until_between_updates(length, *sampler_, random_);
  running_->find_edge(begin.edge.time_ns + length_ns, end);
  Window window = make_window(*sampler_, begin, end);
  window.checks = checks_.of(window);
  if (window.end_ns - window.begin_ns < nanoseconds(length_min)) window.invalid |= kTooFewUpdates;
  if (windows_.empty()) hidden_share_ = hidden_share(*sampler_, window, protocol_.windows_min);
  if (hidden_share_ > kHiddenMax) window.invalid |= kPartTimeSensor;
  windows_.push_back(window);
  return window;
}

Window LoadedRank::count(std::int64_t begin_ns, std::int64_t end_ns) {
  while (logged_->last_ns() < end_ns) keep_running();
  Window window;
  window.launches = logged_->launches_at(end_ns) - logged_->launches_at(begin_ns);
  logged_->forget_before(end_ns);
  const Observation seen = watch_.take();
  window.invalid = seen.faults;
  window.activity = seen.activity;
  return window;
}

void LoadedRank::drop() {
  running_.reset();
  rig_.reset();
  logged_.reset();
  kernel_.reset();
}

}  // namespace ergon
