#include "harness/run/ledger.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "harness/clock.h"
#include "harness/comm/comm.h"
#include "harness/config/sentinels.h"
#include "harness/run/resume.h"
#include "harness/run/runner.h"
#include "kernels/error.h"

namespace ergon {

namespace fs = std::filesystem;

Ledger::Ledger(const Sweep& sweep, const RunOptions& options,
               const std::function<void(const Progress&)>& progress, Locked)
    : sweep_(sweep),
      options_(options),
      progress_(progress),
      journal_(journal_path(options.output)) {}

Ledger::Ledger(const Sweep& sweep, const RunOptions& options,
               const std::function<void(const Progress&)>& progress)
    : Ledger(sweep, options, progress, Locked{}) {
  if (fs::exists(options_.output)) earlier_ = read_results(options_.output);
  earlier_ = merge(std::move(earlier_), journal_.recovered());
  const RunWithin& within = options_.within;
  whole_ = within.plan == nullptr ? make_plan(sweep_) : *within.plan;
  plan_ = within.visits == nullptr ? whole_.shard(options_.shard) : whole_;
  choose_visits();
  begin_ns_ = steady_clock().now_ns();
}

Ledger::~Ledger() {
  if (journal_used_ || !journal_.recovered().runs.empty()) return;
  try {
    journal_.remove();
  } catch (const Error&) {
    return;  // what is on its way already says more
  }
}

// Leaves out the visits that are done; throws Error where what is there was measured otherwise.
void Ledger::choose_visits() {
  const RunRanks& ranks = options_.ranks;
  const DonePoints done =
      done_points(earlier_, sweep_.protocol, ranks.loaded ? ranks.comm->size() : 1);
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

DeviceKind Ledger::kind_of(const Visit& visit) const {
  return plan_.points[visit.point].kernel->device;
}

bool Ledger::anything_left(DeviceKind kind) const {
  return std::ranges::any_of(visits_, [&](const Visit& visit) { return kind_of(visit) == kind; });
}

std::vector<Point> Ledger::sentinels(const Device& device) const {
  const auto runs = [&](const Point& point) {
    return point.kernel->device == device.kind() && refusal(point, device.threads_max()).empty();
  };
  std::vector<Point> chosen;
  for (const Point* point : choose_sentinels(whole_, sweep_.protocol.sentinels, runs)) {
    chosen.push_back(*point);
  }
  return chosen;
}

std::optional<Visit> Ledger::next(std::optional<DeviceKind> kind) {
  const std::lock_guard lock(mutex_);
  std::size_t& cpu = seek_next(DeviceKind::cpu);
  std::size_t& cuda = seek_next(DeviceKind::cuda);
  std::size_t& chosen = kind ? seek_next(*kind) : (cpu < cuda ? cpu : cuda);
  if (chosen == visits_.size()) return std::nullopt;
  return visits_[chosen++];
}

std::size_t& Ledger::seek_next(DeviceKind kind) {
  std::size_t& next = next_.at(static_cast<std::size_t>(kind));
  while (next < visits_.size() && kind_of(visits_[next]) != kind) ++next;
  return next;
}

int Ledger::in_journal(int run) const {
  return static_cast<int>(journal_.recovered().runs.size()) + run;
}

int Ledger::begin(RunInfo run, const std::vector<std::string>& closed) {
  const std::lock_guard lock(mutex_);
  journal_used_ = true;
  journal_.append(run);
  if (fresh_.runs.empty()) begin_ns_ = steady_clock().now_ns();
  if (!closed.empty()) summary_.meters_closed = closed;
  fresh_.runs.push_back(std::move(run));
  disagreements_.emplace_back();
  return static_cast<int>(fresh_.runs.size()) - 1;
}

void Ledger::keep(int run, IdleStretch stretch) {
  const std::lock_guard lock(mutex_);
  stretch.run = in_journal(run);
  journal_.append(stretch);
  stretch.run = run;
  fresh_.idle.push_back(std::move(stretch));
}

void Ledger::keep(int run, SamplingCost cost) {
  const std::lock_guard lock(mutex_);
  journal_.append(cost, in_journal(run));
  run_at(run).sampling = std::move(cost);
}

void Ledger::keep(int run, Record record, bool again) {
  const std::lock_guard lock(mutex_);
  if (!again && !record.sentinel) {
    ++visited_;
    summary_.ok += record.run_status == RunStatus::ok ? 1 : 0;
    summary_.refused += record.run_status == RunStatus::refused ? 1 : 0;
    summary_.failed += record.run_status == RunStatus::failed ? 1 : 0;
  }
  record.run = in_journal(run);
  journal_.append(record);
  record.run = run;
  count(record, run);
  fresh_.records.push_back(std::move(record));
  report(fresh_.records.back(), run);
}

void Ledger::add(const BlockTally& tally) {
  const std::lock_guard lock(mutex_);
  summary_.blocks.blocks += tally.blocks;
  summary_.blocks.again += tally.again;
  summary_.blocks.rejected += tally.rejected;
}

std::string Ledger::committed() const {
  const std::lock_guard lock(mutex_);
  return fmt::format("{} records are committed to {}", fresh_.records.size(),
                     journal_path(options_.output).string());
}

void Ledger::count(const Record& record, int run) {
  summary_.stopped_wide += record.stop == Stop::out_of_reach ? 1 : 0;
  summary_.restless += record.settling.restless.empty() ? 0 : 1;
  count_disagreements(record, disagreements_[static_cast<std::size_t>(run)]);
  for (const Window& window : record.windows) {
    for (const ChannelEnergy& energy : window.energy) {
      const bool primary = energy.channel == run_at(run).primary_channel;
      if (primary && std::isfinite(energy.gross.value)) energy_ += energy.gross;
    }
  }
}

void Ledger::report(const Record& record, int run) {
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
  const RunInfo& of = run_at(run);
  const bool metered = of.primary_channel >= 0;
  now.energy = metered ? energy_ : Joules{kNaN};
  now.last = &record;
  if (metered) {
    const auto primary = static_cast<std::size_t>(of.primary_channel);
    now.energy_status = energy_status_of(of.channels[primary].source);
  }
  progress_(now);
}

// Channels of all runs, one after the other, and what was seen of them.
void Ledger::summarise() {
  if (fresh_.runs.empty()) return;
  summary_.beside = fresh_.runs.front().beside;
  summary_.sampling = fresh_.runs.front().sampling;
  for (std::size_t run = 0; run < fresh_.runs.size(); ++run) {
    const auto first = static_cast<int>(summary_.channels.size());
    const std::vector<Channel>& channels = fresh_.runs[run].channels;
    summary_.channels.insert(summary_.channels.end(), channels.begin(), channels.end());
    for (Disagreement found : disagreements_[run]) {
      found.channel += first;
      if (found.other >= 0) found.other += first;
      summary_.disagreements.push_back(found);
    }
    for (SentinelDrift& drift : sentinel_drifts(fresh_, static_cast<int>(run))) {
      summary_.drifts.push_back(std::move(drift));
    }
  }
}

RunSummary Ledger::finish() {
  const std::lock_guard lock(mutex_);
  summary_.interrupted = visited_ < std::ssize(visits_);
  summarise();
  const bool kept_already = visits_.empty() && journal_.recovered().runs.empty();
  if (!kept_already || !fs::exists(options_.output)) {
    write_results(options_.output, merge(std::move(earlier_), std::move(fresh_)));
  }
  journal_used_ = true;
  journal_.remove();
  return std::move(summary_);
}

}  // namespace ergon
