#include "harness/run/run_sweep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <fstream>
#include <map>
#include <set>

#include "harness/record/journal.h"
#include "harness/record/results.h"
#include "kernels/error.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

constexpr char kHead[] = R"(name: small
protocol:
  preset: quick
  window_min_s: 0.002
  window_updates_min: 1
  windows_min: 2
  windows_max: 2
  settle_max_s: 0
  half_width_max: 1
  idle_s: 0.02
  block_max_s: 0.05
  time_samples_min: 3
  time_max_s: 0.01
  point_max_s: 1
)";
constexpr char kSimulated[] = "meters: [{simulated: {watts: 1000, update_period_s: 0}}]\n";
constexpr char kGroups[] = R"(groups:
  - kernels: gemm/reference
    axes: {m: [1, 2, 3, 4], n: 8, k: 8}
  - kernels: gemm/reference
    axes: {m: 4, n: 8, k: 8}
    weights: packed
)";

class SweepFolder : public testing::Test {
 protected:
  RunOptions options() const {
    RunOptions made;
    made.output = output;
    made.root = temporary.path();  // holds no meter
    return made;
  }
  RunOptions resuming() const {
    RunOptions made = options();
    made.resume = true;
    return made;
  }
  static Sweep sweep(const std::string& meters = kSimulated, const std::string& more = "") {
    return parse_sweep(kHead + meters + kGroups + more, "small.yaml");
  }
  // The number of points measured by this call.
  std::int64_t run(const Sweep& of, const RunOptions& by) {
    std::int64_t measured = 0;
    summary = run_sweep(of, by, [&](const Progress& now) {
      measured = now.fresh;
      last = now;
    });
    return measured;
  }
  std::string error_of(const Sweep& of, const RunOptions& by) {
    try {
      run(of, by);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  TemporaryFolder temporary;
  const fs::path output = temporary.path() / "out.h5";
  RunSummary summary;
  Progress last;
};

std::set<std::string> ids(const Results& results) {
  std::set<std::string> all;
  for (const Record& record : results.records) all.insert(point_id(record.point));
  return all;
}

TEST_F(SweepFolder, KeepsEveryPointOnceWithItsMetersAndIdle) {
  EXPECT_EQ(run(sweep(), options()), 5);
  EXPECT_EQ(summary.points, 5);
  EXPECT_EQ(summary.ok, 4);
  EXPECT_EQ(summary.refused, 1);
  EXPECT_EQ(summary.failed, 0);
  EXPECT_FALSE(summary.interrupted);
  EXPECT_FALSE(fs::exists(journal_path(output)));
  const Results results = read_results(output);
  ASSERT_EQ(results.records.size(), 5u);
  EXPECT_EQ(ids(results).size(), 5u);
  ASSERT_EQ(results.runs.size(), 1u);
  EXPECT_EQ(results.runs[0].sweep_name, "small");
  ASSERT_EQ(results.runs[0].channels.size(), 1u);
  EXPECT_EQ(results.runs[0].channels[0].name, "simulated/load");
  EXPECT_EQ(results.runs[0].primary_channel, 0);
  ASSERT_GE(results.idle.size(), 2u);  // one before the first block, one after the last
  std::int64_t first_ns = INT64_MAX, last_ns = 0;
  for (const Record& record : results.records) {
    if (record.windows.empty()) continue;
    EXPECT_EQ(record.energy_status, EnergyStatus::simulated);
    first_ns = std::min(first_ns, record.windows.front().begin_ns);
    last_ns = std::max(last_ns, record.windows.back().end_ns);
  }
  EXPECT_LE(results.idle.front().end_ns, first_ns);
  EXPECT_GE(results.idle.back().begin_ns, last_ns);
  EXPECT_EQ(last.energy_status, EnergyStatus::simulated);
  EXPECT_GT(last.energy.value, 8 * 2);  // 4 points of 2 windows of 2 ms at 1000 W: 16 J
}

TEST_F(SweepFolder, KeepsWhatSamplingCost) {
  run(sweep(), options());
  const Results results = read_results(output);
  const SamplingCost& cost = results.runs.at(0).sampling;
  EXPECT_GT(cost.cpu.value, 0);
  EXPECT_GT(cost.elapsed.value, cost.cpu.value);
  ASSERT_EQ(cost.channels.size(), 1u);
  // An edge at either end of 8 windows and of 8 idle stretches.
  EXPECT_GE(cost.channels[0].reads, 32);
  EXPECT_EQ(summary.sampling.channels.at(0).reads, cost.channels[0].reads);
}

TEST_F(SweepFolder, KeepsWhatThreadsDidOrWhyItIsNotKnown) {
  run(sweep(), options());
  const Results results = read_results(output);
  const BesideInfo& beside = results.runs.at(0).beside;
  for (const Record& record : results.records) {
    for (const Window& window : record.windows) {
      const Activity& activity = window.activity;
      EXPECT_GE(activity.elapsed.value,
                static_cast<double>(window.end_ns - window.begin_ns) * 1e-9);
      EXPECT_TRUE(std::isfinite(activity.cycles) || !beside.counters_reason.empty());
      EXPECT_TRUE(std::isfinite(activity.frequency.value) || !beside.frequency_reason.empty());
      EXPECT_TRUE(std::isfinite(activity.migrations) || !beside.scheduling_reason.empty());
    }
  }
}

TEST_F(SweepFolder, MeasuresNothingTwice) {
  run(sweep(), options());
  EXPECT_EQ(run(sweep(), resuming()), 0);
  EXPECT_EQ(summary.resumed, 5);
  EXPECT_EQ(read_results(output).records.size(), 5u);
}

TEST_F(SweepFolder, AddsThePointsThatASweepGained) {
  run(sweep(), options());
  const Sweep more =
      sweep(kSimulated, "  - kernels: gemm/reference\n    axes: {m: 9, n: 8, k: 8}\n");
  EXPECT_EQ(run(more, resuming()), 1);
  const Results results = read_results(output);
  EXPECT_EQ(results.records.size(), 6u);
  EXPECT_EQ(results.runs.size(), 2u);
}

TEST_F(SweepFolder, LeavesAnExistingFileAlone) {
  std::ofstream(output) << "precious";
  EXPECT_EQ(error_of(sweep(), options()),
            "run: " + output.string() +
                " exists; expected a new file; give --resume to go on with it, or another output");
  std::string text;
  std::ifstream(output) >> text;
  EXPECT_EQ(text, "precious");
}

TEST_F(SweepFolder, LeavesNoJournalWhereItCannotStart) {
  std::ofstream(output) << "foreign";
  EXPECT_NE(error_of(sweep(), resuming()), "");
  EXPECT_FALSE(fs::exists(journal_path(output)));
}

TEST_F(SweepFolder, RefusesAnotherProtocolUnlessTold) {
  run(sweep(), options());
  Sweep other = sweep();
  other.protocol.windows_max = 3;
  const std::string error = error_of(other, resuming());
  EXPECT_NE(error.find("holds 5 points of this sweep that were measured otherwise (protocol p1:"),
            std::string::npos)
      << error;
  EXPECT_NE(error.find("--accept-stale"), std::string::npos);
  RunOptions accepting = resuming();
  accepting.accept_stale = true;
  EXPECT_EQ(run(other, accepting), 0);
  EXPECT_EQ(summary.stale, 5);
  EXPECT_EQ(read_results(output).records.size(), 5u);
}

TEST_F(SweepFolder, FinishesThePointInFlightWhenInterrupted) {
  summary = run_sweep(sweep(), options(), [](const Progress& now) {
    if (now.fresh == 2) std::raise(SIGINT);
  });
  EXPECT_TRUE(summary.interrupted);
  EXPECT_FALSE(fs::exists(journal_path(output)));
  const Results part = read_results(output);
  EXPECT_EQ(part.records.size(), 2u);
  EXPECT_GE(part.idle.size(), 2u);
  EXPECT_EQ(run(sweep(), resuming()), 3);
  const Results whole = read_results(output);
  EXPECT_EQ(whole.records.size(), 5u);
  EXPECT_EQ(ids(whole).size(), 5u);
}

TEST_F(SweepFolder, GoesOnFromTheJournalOfARunThatEndedHard) {
  const auto stop = [](const Progress& now) {
    if (now.fresh == 3) throw Error("as if killed");
  };
  EXPECT_THROW(static_cast<void>(run_sweep(sweep(), options(), stop)), Error);
  EXPECT_FALSE(fs::exists(output));
  EXPECT_TRUE(fs::exists(journal_path(output)));
  EXPECT_NE(error_of(sweep(), options()), "");  // not without --resume
  EXPECT_EQ(run(sweep(), resuming()), 2);
  EXPECT_EQ(ids(read_results(output)).size(), 5u);
}

// A kill between writing the file and removing the journal leaves both.
TEST_F(SweepFolder, KeepsAPointOnceThatStandsInFileAndJournal) {
  const fs::path copy = temporary.path() / "copy";
  static_cast<void>(run_sweep(sweep(), options(), [&](const Progress& now) {
    const auto replace = fs::copy_options::overwrite_existing;
    if (now.fresh == 5) fs::copy_file(journal_path(output), copy, replace);
  }));
  fs::rename(copy, journal_path(output));
  EXPECT_EQ(run(sweep(), resuming()), 0);
  EXPECT_EQ(read_results(output).records.size(), 5u);
  EXPECT_EQ(read_results(output).runs.size(), 1u);
}

TEST_F(SweepFolder, SaysWhyNothingIsMetered) {
  run(sweep(""), options());
  const Results results = read_results(output);
  EXPECT_EQ(results.runs[0].primary_channel, -1);
  EXPECT_NE(results.runs[0].unmeasured_reason.find("powercap: "), std::string::npos);
  EXPECT_TRUE(results.idle.empty());
  for (const Record& record : results.records) {
    EXPECT_EQ(record.energy_status, EnergyStatus::unmeasured);
    if (record.run_status == RunStatus::ok) {
      EXPECT_EQ(record.reason, results.runs[0].unmeasured_reason);
    }
  }
  EXPECT_TRUE(std::isnan(last.energy.value));
  EXPECT_FALSE(summary.meters_closed.empty());
}

TEST_F(SweepFolder, DoesNotTakeACounterThatStandsStillForNoEnergy) {
  const fs::path zone = temporary.path() / "sys/class/powercap/intel-rapl:0";
  fs::create_directories(zone);
  std::ofstream(zone / "name") << "package-0\n";
  std::ofstream(zone / "energy_uj") << "123456\n";
  std::ofstream(zone / "max_energy_range_uj") << "262143328850\n";
  run(sweep("meters: [powercap]\n"), options());
  for (const Record& record : read_results(output).records) {
    if (record.run_status != RunStatus::ok) continue;
    EXPECT_EQ(record.energy_status, EnergyStatus::invalid);
    EXPECT_NE(record.reason.find("stale_counter"), std::string::npos) << record.reason;
    for (const Window& window : record.windows) {
      EXPECT_TRUE(std::isnan(window.energy.at(0).gross.value));
    }
  }
}

// 17 points in blocks, two sentinels before each block and after the last.
TEST_F(SweepFolder, VisitsSentinelsAroundEveryBlock) {
  const std::string more =
      "  - kernels: gemm/reference\n    axes: {m: {range: [5, 16], step: 1}, n: 8, k: 8}\n";
  EXPECT_EQ(run(sweep(kSimulated, more), options()), 17);
  EXPECT_EQ(summary.points, 17);
  EXPECT_EQ(summary.ok, 16);
  const Results results = read_results(output);
  std::map<std::string, std::set<int>> repetitions;
  std::map<std::string, int> visits, planned;
  for (const Record& record : results.records) {
    const std::string id = point_id(record.point);
    EXPECT_TRUE(repetitions[id].insert(record.repetition).second);
    ++(record.sentinel ? visits : planned)[id];
    EXPECT_EQ(record.replicate, 0);
  }
  ASSERT_EQ(visits.size(), 2u);
  EXPECT_EQ(planned.size(), 17u);
  for (const auto& [id, count] : visits) EXPECT_EQ(count, summary.blocks.blocks + 1);
  ASSERT_EQ(summary.drifts.size(), 2u);
  EXPECT_EQ(summary.drifts[0].visits, summary.blocks.blocks + 1);
  EXPECT_TRUE(results.records.front().sentinel);
  EXPECT_TRUE(results.records.back().sentinel);
  EXPECT_EQ(run(sweep(kSimulated, more), resuming()), 0);
  EXPECT_EQ(read_results(output).records.size(), results.records.size());
}

TEST_F(SweepFolder, MeasuresEveryReplicateAndResumesWithinThem) {
  Sweep twice = sweep();
  twice.protocol.replicates = 2;
  summary = run_sweep(twice, options(), [](const Progress& now) {
    if (now.fresh == 7) std::raise(SIGINT);
  });
  EXPECT_EQ(summary.points, 10);
  EXPECT_TRUE(summary.interrupted);
  EXPECT_EQ(run(twice, resuming()), 3);
  EXPECT_EQ(summary.resumed, 7);
  std::map<std::string, std::multiset<int>> replicates;
  for (const Record& record : read_results(output).records) {
    replicates[point_id(record.point)].insert(record.replicate);
  }
  EXPECT_EQ(replicates.size(), 5u);
  for (const auto& [id, found] : replicates) EXPECT_EQ(found, (std::multiset<int>{0, 1}));
}

TEST_F(SweepFolder, RecordsWhatItSettledOnAndWhyItStopped) {
  Sweep settled = sweep();
  settled.protocol.settle_max = Seconds{0.02};
  settled.protocol.point_max = Seconds{60};
  run(settled, options());
  for (const Record& record : read_results(output).records) {
    if (record.run_status != RunStatus::ok) {
      EXPECT_EQ(record.stop, Stop::not_run);
      continue;
    }
    // A machine whose counters are open to us knows its clock too.
    const std::string& watched = record.settling.watched;
    EXPECT_TRUE(watched == "time,power" || watched == "time,clock,power") << watched;
    EXPECT_GT(record.settling.time.value, 0.006);
    // A busy machine may spoil a window; else the first two are enough.
    EXPECT_TRUE(record.stop == Stop::narrow || record.stop == Stop::windows_max);
  }
}

TEST_F(SweepFolder, MeasuresAShard) {
  RunOptions first = options(), second = options();
  first.shard = {0, 2};
  second.shard = {1, 2};
  second.output = temporary.path() / "second.h5";
  EXPECT_EQ(run(sweep(), first) + run(sweep(), second), 5);
  std::set<std::string> all = ids(read_results(first.output));
  all.merge(ids(read_results(second.output)));
  EXPECT_EQ(all.size(), 5u);
}

}  // namespace
}  // namespace ergon
