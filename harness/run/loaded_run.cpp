#include "harness/run/loaded_run.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "harness/clock.h"
#include "harness/record/frame.h"
#include "harness/record/provenance.h"
#include "harness/record/run_facts.h"
#include "harness/record/summary.h"
#include "harness/run/assembly.h"
#include "harness/run/common_window.h"
#include "harness/run/edge_timing.h"
#include "harness/run/loaded_rank.h"
#include "harness/run/prepared_point.h"
#include "harness/run/rank_setup.h"
#include "harness/run/runner.h"
#include "harness/run/window_judge.h"
#include "harness/run/window_lengths.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// Between a command and the moment that it names: who sleeps sees it within 10 ms, and messages
// take some tens of microseconds.
constexpr std::int64_t kLeadNs = 30'000'000;
// Ranks that run their load look for a command every millisecond, or launch.
constexpr std::int64_t kLoadedLeadNs = 5'000'000;
constexpr Seconds kStartPatience{600}, kPatienceMore{120};

// What all ranks come to together, step by step; rank 0 takes part in each.
class LoadedRun final : BlockWork {
 public:
  LoadedRun(const PartSetup& setup, Device& device, Comm& comm, Desk& desk)
      : setup_(setup), assembly_(comm, kStartPatience), desk_(desk), rank_(setup, device, true) {
    begin(comm.places());
  }

  BlockTally measure() {
    return measure_blocks(setup_.conditions.protocol, run_.primary_channel, steady_clock(), *this);
  }
  void end() { assembly_.tell_all({.what = "end"}); }

 private:
  void begin(const RankPlaces& places);
  void make_common_run(const std::vector<RunInfo>& runs);
  void ask_clocks();
  void keep_cost();
  Record run(const Point& point);
  Record prepare(const Point& point);
  void measure_times(Record& record);
  void measure_energy(Record& record);
  Settling begin_load(Seconds per_launch, std::int64_t deadline_ns);
  Window add_window(const WindowLengths& lengths, int valid, Seconds per_launch);
  Window count_launches(std::vector<LoadedPart> parts);
  void keep(Record record, bool again);

  [[nodiscard]] const ClockOffset& clock_of(int rank) const;
  [[nodiscard]] bool leads(int rank) const;
  RankMessage at(int rank, const char* what, std::vector<std::int64_t> times_ns) const;
  Record record_of(const RankMessage& answer);
  [[nodiscard]] int sum() const { return run_.primary_channel; }
  [[nodiscard]] Seconds slowest_period() const;

  std::optional<Visit> next() override { return desk_.next(); }
  std::vector<IdleStretch> measure_idle() override;
  void measure_sentinels() override;
  void measure_point(const Visit& visit, bool again) override;
  [[nodiscard]] bool interrupted() const override {
    return assembly_.told_to_end() || desk_.ends();
  }

  const PartSetup& setup_;
  Assembly assembly_;
  Desk& desk_;
  LoadedRank rank_;
  RunInfo run_;                    // of all nodes
  std::vector<LoadedNode> nodes_;  // by number
  std::vector<Seconds> periods_;   // of the nodes' meters
  Protocol protocol_;              // with time for the slowest of them
  Results foreign_;                // keeps kernels that this build does not have
  KernelFinder kernels_{foreign_};
  Random random_{static_cast<std::uint64_t>(steady_clock().now_ns())};
  std::int64_t records_ = 0;
  std::unordered_map<std::string, int> times_measured_;  // by point key
};

const ClockOffset& LoadedRun::clock_of(int rank) const {
  const int node = assembly_.places().node_of[static_cast<std::size_t>(rank)];
  return nodes_[static_cast<std::size_t>(node)].clock;
}

bool LoadedRun::leads(int rank) const {
  const RankPlaces& places = assembly_.places();
  return places.leader_of(places.node_of[static_cast<std::size_t>(rank)]) == rank;
}

// A command with times of rank 0, which go to a rank as times of its own clock.
RankMessage LoadedRun::at(int rank, const char* what, std::vector<std::int64_t> times_ns) const {
  for (std::int64_t& time_ns : times_ns) time_ns = clock_of(rank).to_remote(time_ns);
  return {.what = what, .numbers = std::move(times_ns)};
}

Record LoadedRun::record_of(const RankMessage& answer) {
  return std::get<Record>(decode_frame(answer.frames.at(0), kernels_));
}

Seconds LoadedRun::slowest_period() const { return *std::ranges::max_element(periods_); }

void LoadedRun::begin(const RankPlaces& places) {
  assembly_.tell_all(setup_message(setup_, false, true));
  const std::vector<RankMessage> answers = assembly_.gather();
  std::vector<RunInfo> runs{rank_.run()};
  for (int node = 0; node < places.nodes(); ++node) {
    const auto leader = static_cast<std::size_t>(places.leader_of(node));
    nodes_.push_back(
        {.node = node, .host = places.host_of[leader], .ranks = places.ranks_on(node)});
  }
  for (int rank = 1; rank < places.ranks(); ++rank) {
    const RankMessage& answer = answers[static_cast<std::size_t>(rank - 1)];
    expect_same_build(places, rank, answer);
    if (!leads(rank)) continue;
    runs.push_back(std::get<RunInfo>(decode_frame(answer.frames.at(0), kernels_)));
  }
  for (const RunInfo& run : runs) {
    const bool none = run.primary_channel < 0;
    periods_.push_back(
        none ? Seconds{0}
             : run.channels[static_cast<std::size_t>(run.primary_channel)].update_period);
  }
  protocol_ = with_time_for(setup_.conditions.protocol, slowest_period());
  assembly_.set_patience(kPatienceMore + protocol_.point_max + 8 * protocol_.idle);
  make_common_run(runs);
}

void LoadedRun::make_common_run(const std::vector<RunInfo>& runs) {
  run_ = rank_.run();
  std::string unmeasured;
  run_.channels = combine_channels(runs, nodes_, unmeasured);
  run_.primary_channel = unmeasured.empty() ? 0 : -1;
  run_.unmeasured_reason = unmeasured;
  nlohmann::json others = nlohmann::json::array();
  for (std::size_t i = 1; i < runs.size(); ++i) {
    others.push_back(nlohmann::json::parse(runs[i].provenance));
    if (runs[i].device != run_.device) run_.device += " + " + runs[i].device;
  }
  run_.provenance = with_facts(run_.provenance, "other_nodes", others.dump());
  desk_.begin(
      run_, unmeasured.empty() ? std::vector<std::string>{} : std::vector<std::string>{unmeasured});
}

// Clocks of nodes drift against each other: by some ms within a point that takes minutes.
void LoadedRun::ask_clocks() {
  for (LoadedNode& node : nodes_) {
    if (node.node == 0) continue;
    node.clock = assembly_.ask_clock(assembly_.places().leader_of(node.node));
  }
}

std::vector<IdleStretch> LoadedRun::measure_idle() {
  if (sum() < 0) return {};
  ask_clocks();
  assembly_.tell_all({.what = "idle"});
  std::vector<std::vector<IdleStretch>> by_node{rank_.idle()};
  const std::vector<RankMessage> answers = assembly_.gather();
  for (int rank = 1; rank < assembly_.size(); ++rank) {
    if (!leads(rank)) continue;
    std::vector<IdleStretch>& stretches = by_node.emplace_back();
    for (const auto& frame : answers[static_cast<std::size_t>(rank - 1)].frames) {
      stretches.push_back(std::get<IdleStretch>(decode_frame(frame, kernels_)));
    }
  }
  std::vector<IdleStretch> all;
  for (std::size_t i = 0; i < by_node.front().size(); ++i) {
    std::vector<LoadedPart> parts;
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      const IdleStretch& one = by_node[node].at(i);
      parts.push_back({.node = nodes_[node],
                       .window = {.begin_ns = one.begin_ns,
                                  .end_ns = one.end_ns,
                                  .invalid = one.invalid,
                                  .energy = one.energy}});
    }
    all.push_back(combine_idle(parts, sum()));
    desk_.keep(all.back());
  }
  keep_cost();
  return all;
}

// Of the nodes' channels as they stand in the run, behind the sum that nobody reads.
void LoadedRun::keep_cost() {
  assembly_.tell_all({.what = "cost"});
  SamplingCost cost = rank_.cost();
  cost.channels.insert(cost.channels.begin(), ChannelTotals{});
  const std::vector<RankMessage> answers = assembly_.gather();
  for (int rank = 1; rank < assembly_.size(); ++rank) {
    if (!leads(rank)) continue;
    const RankMessage& answer = answers[static_cast<std::size_t>(rank - 1)];
    const SamplingCost more =
        std::get<RunSampling>(decode_frame(answer.frames.at(0), kernels_)).cost;
    cost.cpu += more.cpu;
    cost.elapsed += more.elapsed;
    cost.channels.insert(cost.channels.end(), more.channels.begin(), more.channels.end());
  }
  desk_.keep(std::move(cost));
}

void LoadedRun::measure_sentinels() {
  for (const Point& point : setup_.sentinels) {
    if (interrupted()) return;
    Record record = run(point);
    record.sentinel = true;
    keep(std::move(record), false);
  }
}

void LoadedRun::measure_point(const Visit& visit, bool again) {
  desk_.begins(visit);
  Record record = run(desk_.point(visit));
  record.replicate = visit.replicate;
  keep(std::move(record), again);
}

void LoadedRun::keep(Record record, bool again) {
  record.order = records_++;
  record.repetition = times_measured_[point_key(record.point)]++;
  desk_.keep(std::move(record), again);
}

Record LoadedRun::run(const Point& point) {
  Record record;
  record.point = point;
  try {
    ask_clocks();
    record = prepare(point);
    if (record.run_status == RunStatus::ok) {
      measure_times(record);
      measure_energy(record);
      judge_energy(record, sum() < 0 ? nullptr : &run_.channels.front(), protocol_.windows_min,
                   run_.unmeasured_reason);
    }
  } catch (const LostRank&) {
    throw;
  } catch (const std::exception&) {
    fail_record(record);
  }
  record.ranks = assembly_.size();
  record.nodes = static_cast<int>(nodes_.size());
  assembly_.tell_all({.what = "drop"});
  rank_.drop();
  static_cast<void>(assembly_.gather());
  return record;
}

// The worst of what the ranks found.
Record LoadedRun::prepare(const Point& point) {
  assembly_.tell_all({.what = "prepare", .texts = {point_key(point)}});
  Record record = rank_.prepare(point);
  const std::vector<RankMessage> answers = assembly_.gather();
  for (int rank = 1; rank < assembly_.size(); ++rank) {
    const Record other = record_of(answers[static_cast<std::size_t>(rank - 1)]);
    record.error_max = std::max(record.error_max, other.error_max);
    if (other.run_status == RunStatus::ok || record.run_status != RunStatus::ok) continue;
    record.run_status = other.run_status;
    record.check_status = other.check_status;
    record.reason =
        fmt::format("rank {} on {}: {}", rank,
                    assembly_.places().host_of[static_cast<std::size_t>(rank)], other.reason);
  }
  return record;
}

void LoadedRun::measure_times(Record& record) {
  const std::int64_t start_ns = steady_clock().now_ns() + kLeadNs;
  assembly_.tell([&](int rank) { return at(rank, "time", {start_ns}); });
  Record own = record;
  std::vector<Seconds> waits{rank_.time(start_ns, own)};
  std::vector<Record> of;
  of.push_back(std::move(own));
  for (const RankMessage& answer : assembly_.gather()) {
    of.push_back(record_of(answer));
    waits.push_back(Seconds{answer.values.at(0)});
  }
  Seconds slowest{0}, mean{0};
  for (Record& one : of) {
    const Seconds median{time_quantile(one, 0.5)};
    mean += median / static_cast<double>(of.size());
    if (median < slowest) continue;
    slowest = median;
    record.times = std::move(one.times);
    record.time_batch = one.time_batch;
  }
  record.time_of_ranks = mean;
  for (LoadedNode& node : nodes_) node.barrier_wait = Seconds{0};
  for (std::size_t rank = 0; rank < waits.size(); ++rank) {
    Seconds& wait = nodes_[static_cast<std::size_t>(assembly_.places().node_of[rank])].barrier_wait;
    wait = std::max(wait, waits[rank]);
  }
}

Settling LoadedRun::begin_load(Seconds per_launch, std::int64_t deadline_ns) {
  const std::int64_t start_ns = steady_clock().now_ns() + kLeadNs;
  assembly_.tell([&](int rank) {
    RankMessage command = at(rank, "load", {start_ns, deadline_ns});
    command.values = {per_launch.value};
    return command;
  });
  Settling settling = rank_.begin_load(start_ns, deadline_ns, per_launch);
  const std::vector<RankMessage> answers = assembly_.gather([&] { rank_.keep_running(); });
  for (int rank = 1; rank < assembly_.size(); ++rank) {
    if (!leads(rank)) continue;
    const Settling other = record_of(answers[static_cast<std::size_t>(rank - 1)]).settling;
    settling.time = std::max(settling.time, other.time);
    if (settling.restless.empty()) settling.restless = other.restless;
  }
  return settling;
}

void LoadedRun::measure_energy(Record& record) {
  const std::int64_t deadline_ns = steady_clock().now_ns() + nanoseconds(protocol_.point_max);
  const Seconds per_launch = median_time(record.times);
  record.settling = begin_load(per_launch, deadline_ns);
  const WindowLengths lengths(protocol_, rank_.sampler(), per_launch);
  WindowJudge judge(protocol_, sum(), deadline_ns);
  const auto reason_to_stop = [&] {
    const bool in_step =
        !record.windows.empty() && (record.windows.front().invalid & kPartTimeSensor) != 0;
    return judge.reason_to_stop(record.windows.size(), in_step, steady_clock().now_ns());
  };
  for (int valid = -1; judge.count() != valid;) {
    while (!reason_to_stop()) {
      record.windows.push_back(add_window(lengths, judge.count(), per_launch));
      judge.add(record.windows.back());
    }
    valid = judge.count();
    judge.judge_clocks(record.windows, run_.channels, rank_.knows_mean_frequency());
  }
  record.stop = *reason_to_stop();
}

Window LoadedRun::add_window(const WindowLengths& lengths, int valid, Seconds per_launch) {
  const double updates = protocol_.window_updates_min;
  const Seconds length = std::max(lengths.length(valid), updates * slowest_period());
  const Seconds pause = random_pause(rank_.sampler(), per_launch, length, random_);
  const std::int64_t from_ns = steady_clock().now_ns() + kLoadedLeadNs + nanoseconds(pause);
  const Seconds length_min = lengths.length_min(valid);
  assembly_.tell([&](int rank) {
    RankMessage command = at(rank, "window", {from_ns});
    command.values = {length.value, length_min.value};
    return command;
  });
  rank_.mark();
  std::vector<LoadedPart> parts{
      {.node = nodes_.front(), .window = rank_.measure_window(from_ns, length, length_min)}};
  const std::vector<RankMessage> answers = assembly_.gather([&] { rank_.keep_running(); });
  for (int rank = 1; rank < assembly_.size(); ++rank) {
    if (!leads(rank)) continue;
    const auto node =
        static_cast<std::size_t>(assembly_.places().node_of[static_cast<std::size_t>(rank)]);
    parts.push_back(
        {.node = nodes_[node],
         .window = record_of(answers[static_cast<std::size_t>(rank - 1)]).windows.at(0)});
  }
  return count_launches(std::move(parts));
}

// Asks all ranks for their launches within what the parts have in common.
Window LoadedRun::count_launches(std::vector<LoadedPart> parts) {
  std::vector<TimeSpan> spans;
  for (const LoadedPart& part : parts) spans.push_back(span_of(part.node, part.window));
  const TimeSpan common = common_span(spans);
  assembly_.tell([&](int rank) { return at(rank, "count", {common.begin_ns, common.end_ns}); });
  std::vector<Window> counts{rank_.count(common.begin_ns, common.end_ns)};
  for (const RankMessage& answer : assembly_.gather([&] { rank_.keep_running(); })) {
    counts.push_back(record_of(answer).windows.at(0));
  }
  std::vector<Activity> activities;
  std::uint32_t faults = 0;
  for (std::size_t rank = 0; rank < counts.size(); ++rank) {
    const auto node = static_cast<std::size_t>(assembly_.places().node_of[rank]);
    parts[node].launches += counts[rank].launches;
    activities.push_back(counts[rank].activity);
    faults |= counts[rank].invalid;
  }
  Window window = combine_windows(parts, sum());
  window.activity = combine_activities(activities);
  window.invalid |= faults;
  return window;
}

}  // namespace

void measure_loaded(const PartSetup& setup, Device& device, Comm& comm, Ledger& ledger,
                    OwnDesk& desk) {
  if (!ledger.anything_left()) return Assembly(comm, kStartPatience).tell_all({.what = "end"});
  PartSetup own = setup;
  own.facts_name = "ranks";
  own.facts = rank_facts(comm.places(), 0, "loaded", false);
  LoadedRun run(own, device, comm, desk);
  ledger.add(run.measure());
  run.end();
}

}  // namespace ergon
