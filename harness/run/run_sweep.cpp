#include "harness/run/run_sweep.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <random>
#include <unordered_map>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "harness/clock.h"
#include "harness/config/sentinels.h"
#include "harness/record/journal.h"
#include "harness/record/provenance.h"
#include "harness/record/run_facts.h"
#include "harness/run/blocks.h"
#include "harness/run/host_watch.h"
#include "harness/run/interrupt.h"
#include "harness/run/open_meters.h"
#include "harness/run/resume.h"
#include "harness/run/runner.h"
#include "kernels/cpu/team.h"
#include "kernels/error.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<Device> open_cpu() {
  std::string why_not = "this build has none";
  for (const DeviceType* type : device::all()) {
    if (type->kind != DeviceKind::cpu) continue;
    if (auto device = type->open(0, why_not)) return device;
  }
  throw Error("run: no cpu device: " + why_not);
}

// Random (version 4) UUID, RFC 9562.
std::string random_uuid() {
  std::random_device source;
  std::uint32_t words[4];
  for (std::uint32_t& word : words) word = source();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:04x}{:08x}", words[0], words[1] >> 16,
                     words[1] & 0xfff, 0x8000 | (words[2] >> 16 & 0x3fff), words[2] & 0xffff,
                     words[3]);
}

void set_time(RunInfo& run) {
  const auto now = std::chrono::system_clock::now();
  run.anchor_steady_ns = steady_clock().now_ns();
  run.anchor_utc_ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
  run.started_utc =
      fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
}

void expect_new(const RunOptions& options) {
  for (const fs::path& file : {options.output, journal_path(options.output)}) {
    if (options.resume || !fs::exists(file)) continue;
    throw Error("run: " + file.string() +
                " exists; expected a new file; give --resume to go on with it, or another output");
  }
}

// A CPU that no point of the plan uses: threads are pinned to the process's CPUs from the first on.
int find_free_cpu(std::span<const Point> points) {
  int threads = 0;
  for (const Point& point : points) threads = std::max(threads, point.threads);
  const std::span<const int> cpus = process_cpus();
  return static_cast<std::size_t>(threads) < cpus.size() ? cpus.back() : -1;
}

// One execution: what is measured goes into the journal at once, and into the file at the end.
class SweepRun final : BlockWork {
 public:
  // Locks the journal, so that no other process works on the same output.
  SweepRun(const Sweep& sweep, const RunOptions& options)
      : sweep_(sweep), options_(options), journal_(journal_path(options.output)) {}
  // Leaves no empty journal behind where it could not even start.
  ~SweepRun() override {
    if (journal_used_ || !journal_.recovered().runs.empty()) return;
    try {
      journal_.remove();
    } catch (const Error&) {
      return;  // what is on its way already says more
    }
  }
  SweepRun(const SweepRun&) = delete;
  SweepRun& operator=(const SweepRun&) = delete;

  RunSummary run(const std::function<void(const Progress&)>& progress);

 private:
  void choose_visits();
  void measure(Device& device);
  void begin_run(Device& device, const Sampler& sampler, BesideInfo beside,
                 const std::vector<std::string>& closed);
  void keep_cost();
  std::vector<IdleStretch> measure_idle() override;
  void measure_sentinels() override;
  void measure_point(const Visit& visit, bool again) override;
  [[nodiscard]] bool interrupted() const override {
    return interrupt_.interrupted() || (options_.within.ends && options_.within.ends());
  }
  void keep(Record record);
  void count(const Record& record);
  void report() const;
  [[nodiscard]] bool metered() const { return fresh_.runs.front().primary_channel >= 0; }

  const Sweep& sweep_;
  const RunOptions& options_;
  InterruptGuard interrupt_;
  Journal journal_;
  Results earlier_;  // of the file and the journal as they were found
  Results fresh_;    // of this execution: one run
  Plan plan_;
  std::vector<Visit> visits_;  // those that are left to measure
  std::vector<const Point*> sentinels_;
  std::unordered_map<std::string, int> times_measured_;  // by point key, in this run
  Runner* runner_ = nullptr;                             // while it measures
  Sampler* sampler_ = nullptr;                           // while it measures
  const std::function<void(const Progress&)>* progress_ = nullptr;
  std::int64_t visited_ = 0;  // visits measured, each once
  RunSummary summary_;
  Joules energy_;
  std::int64_t begin_ns_ = 0;
  bool journal_used_ = false;  // it holds something, or is gone
};

RunSummary SweepRun::run(const std::function<void(const Progress&)>& progress) {
  progress_ = &progress;
  if (fs::exists(options_.output)) earlier_ = read_results(options_.output);
  earlier_ = merge(std::move(earlier_), journal_.recovered());
  const RunWithin& within = options_.within;
  const Plan whole = within.plan == nullptr ? make_plan(sweep_) : *within.plan;
  plan_ = within.visits == nullptr ? whole.shard(options_.shard) : whole;
  choose_visits();
  if (!visits_.empty()) {
    const std::unique_ptr<Device> device = open_cpu();
    const int threads_max = device->threads_max();
    sentinels_ = choose_sentinels(whole, sweep_.protocol.sentinels, [&](const Point& point) {
      return refusal(point, threads_max).empty();
    });
    measure(*device);
    summary_.drifts = sentinel_drifts(fresh_, 0);
  }
  const bool kept_already = visits_.empty() && journal_.recovered().runs.empty();
  if (!kept_already || !fs::exists(options_.output)) {
    write_results(options_.output, merge(std::move(earlier_), std::move(fresh_)));
  }
  journal_used_ = true;
  journal_.remove();
  return summary_;
}

// Leaves out the visits that are done; throws Error where what is there was measured otherwise.
void SweepRun::choose_visits() {
  const DonePoints done = done_points(earlier_, sweep_.protocol);
  const std::vector<Visit>* const given = options_.within.visits;
  const std::vector<Visit> all = given == nullptr ? plan_.visits() : *given;
  for (const Visit& visit : all) {
    const std::string id = visit_id(point_id(plan_.points[visit.point]), visit.replicate);
    if (done.stale.contains(id)) {
      ++summary_.stale;
    } else if (done.ids.contains(id)) {
      ++summary_.resumed;
    } else {
      visits_.push_back(visit);
    }
  }
  summary_.points = std::ssize(all);
  if (summary_.stale == 0 || options_.accept_stale) return;
  throw Error(fmt::format(
      "run: {} holds {} points of this sweep that were measured otherwise ({}); expected the same "
      "kernel sources and protocol; give --accept-stale to keep them as they are, or another "
      "output to measure them anew",
      options_.output.string(), summary_.stale, done.difference));
}

void SweepRun::measure(Device& device) {
  OpenMeters open = open_meters(sweep_.meters, options_.root, meter_options(sweep_.protocol),
                                options_.within.unmetered);
  const auto sampler = start_sampler(std::move(open.meters), find_free_cpu(plan_.points));
  HostWatch watch;  // behind the sampler's thread, which it is not to count
  begin_run(device, *sampler, watch.about(), open.closed);
  Runner runner(device, *sampler, watch, sweep_.protocol, fresh_.runs.front().unmeasured_reason);
  runner_ = &runner;
  sampler_ = sampler.get();
  begin_ns_ = steady_clock().now_ns();
  summary_.blocks =
      measure_blocks(visits_, sweep_.protocol, sampler->primary(), steady_clock(), *this);
  runner_ = nullptr;
  sampler_ = nullptr;
  summary_.sampling = fresh_.runs.front().sampling;
  summary_.channels = fresh_.runs.front().channels;
  summary_.beside = fresh_.runs.front().beside;
  summary_.interrupted = visited_ < std::ssize(visits_);
}

void SweepRun::begin_run(Device& device, const Sampler& sampler, BesideInfo beside,
                         const std::vector<std::string>& closed) {
  RunInfo run;
  run.id = random_uuid();
  run.sweep_name = sweep_.name;
  run.sweep_text = sweep_.text;
  run.seed = sweep_.seed;
  run.protocol = protocol_key(sweep_.protocol);
  run.build_hash = build_hash();
  run.kernels_hash = kernels_hash();
  run.device = device.name();
  set_time(run);
  run.primary_channel = sampler.primary();
  run.channels.assign(sampler.channels().begin(), sampler.channels().end());
  if (sampler.primary() < 0) run.unmeasured_reason = fmt::format("{}", fmt::join(closed, "; "));
  run.provenance =
      with_campaign_facts(provenance_json(device, options_.command_line), options_.within.facts);
  run.beside = std::move(beside);
  summary_.meters_closed = closed;
  journal_used_ = true;
  journal_.append(run);
  fresh_.runs.push_back(std::move(run));
}

// What sampling cost up to now.
void SweepRun::keep_cost() {
  SamplingCost cost = sampler_->cost();
  journal_.append(cost, static_cast<int>(journal_.recovered().runs.size()));
  fresh_.runs.front().sampling = std::move(cost);
}

std::vector<IdleStretch> SweepRun::measure_idle() {
  if (!metered()) return {};
  std::vector<IdleStretch> stretches = runner_->idle();
  for (IdleStretch& idle : stretches) {
    idle.run = static_cast<int>(journal_.recovered().runs.size());
    journal_.append(idle);
    idle.run = 0;
    fresh_.idle.push_back(idle);
  }
  keep_cost();
  return stretches;
}

void SweepRun::measure_sentinels() {
  for (const Point* point : sentinels_) {
    if (interrupted()) return;
    Record record = runner_->run(*point);
    record.sentinel = true;
    keep(std::move(record));
    report();
  }
}

void SweepRun::measure_point(const Visit& visit, bool again) {
  if (options_.within.begins) options_.within.begins(visit);
  Record record = runner_->run(plan_.points[visit.point]);
  record.replicate = visit.replicate;
  if (!again) {
    ++visited_;
    summary_.ok += record.run_status == RunStatus::ok ? 1 : 0;
    summary_.refused += record.run_status == RunStatus::refused ? 1 : 0;
    summary_.failed += record.run_status == RunStatus::failed ? 1 : 0;
  }
  keep(std::move(record));
  report();
}

void SweepRun::keep(Record record) {
  record.order = std::ssize(fresh_.records);
  record.repetition = times_measured_[point_key(record.point)]++;
  record.run = static_cast<int>(journal_.recovered().runs.size());
  journal_.append(record);
  record.run = 0;
  count(record);
  fresh_.records.push_back(std::move(record));
}

void SweepRun::count(const Record& record) {
  summary_.stopped_wide += record.stop == Stop::out_of_reach ? 1 : 0;
  summary_.restless += record.settling.restless.empty() ? 0 : 1;
  count_disagreements(record, summary_.disagreements);
  for (const Window& window : record.windows) {
    for (const ChannelEnergy& energy : window.energy) {
      const bool primary = energy.channel == fresh_.runs.front().primary_channel;
      if (primary && std::isfinite(energy.gross.value)) energy_ += energy.gross;
    }
  }
}

void SweepRun::report() const {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  Progress now;
  now.total = summary_.points;
  now.fresh = visited_;
  now.done = summary_.resumed + summary_.stale + now.fresh;
  now.elapsed = Seconds{static_cast<double>(steady_clock().now_ns() - begin_ns_) * 1e-9};
  now.left = Seconds{kNaN};
  if (now.fresh > 0) {
    now.left =
        static_cast<double>(now.total - now.done) * (now.elapsed / static_cast<double>(now.fresh));
  }
  now.energy = metered() ? energy_ : Joules{kNaN};
  now.last = &fresh_.records.back();
  if (metered()) {
    const auto primary = static_cast<std::size_t>(fresh_.runs.front().primary_channel);
    now.energy_status = energy_status_of(fresh_.runs.front().channels[primary].source);
  }
  (*progress_)(now);
}

}  // namespace

RunSummary run_sweep(const Sweep& sweep, const RunOptions& options,
                     const std::function<void(const Progress&)>& progress) {
  expect_new(options);
  return SweepRun(sweep, options).run(progress);
}

}  // namespace ergon
