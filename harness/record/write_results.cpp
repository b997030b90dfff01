#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "harness/record/beside_tables.h"
#include "harness/record/energy_tables.h"
#include "harness/record/faults_table.h"
#include "harness/record/file.h"
#include "harness/record/launch_slope.h"
#include "harness/record/layout.h"
#include "harness/record/point_columns.h"
#include "harness/record/results.h"
#include "harness/record/summary.h"
#include "harness/sha256.h"
#include "kernels/error.h"

namespace ergon {
namespace {

using hdf5::TableWriter;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<const RunInfo*> pointers(const std::vector<RunInfo>& runs) {
  std::vector<const RunInfo*> rows;
  rows.reserve(runs.size());
  for (const RunInfo& run : runs) rows.push_back(&run);
  return rows;
}

void write_sweeps_and_runs(hdf5::File& file, const Results& results,
                           const hdf5::ChannelRows& channels) {
  std::map<std::tuple<std::string_view, std::string_view, std::uint64_t>, std::int64_t> known;
  std::vector<const RunInfo*> sweeps;
  std::vector<std::int64_t> sweep_of;
  for (const RunInfo& run : results.runs) {
    const auto [sweep, fresh] =
        known.try_emplace({run.sweep_name, run.sweep_text, run.seed}, std::ssize(sweeps));
    if (fresh) sweeps.push_back(&run);
    sweep_of.push_back(sweep->second);
  }
  TableWriter sweep_table(file, "/sweep", "what was asked for", std::ssize(sweeps));
  sweep_columns(sweep_table, sweeps);
  sweep_table.column({"hash", "", "SHA-256 of text"},
                     [&](std::int64_t i) { return sha256(sweeps[i]->sweep_text); });

  auto runs = pointers(results.runs);
  std::vector<std::int64_t> primary;
  for (const RunInfo& run : results.runs) {
    const std::size_t index = primary.size();
    primary.push_back(
        run.primary_channel < 0 ? -1 : channels.row(static_cast<int>(index), run.primary_channel));
  }
  TableWriter run_table(file, "/runs", "executions of `ergon run`, one per node and attempt",
                        std::ssize(runs));
  run_columns(run_table, runs);
  index_column(run_table, "sweep", "row of /sweep", sweep_of);
  index_column(run_table, "primary_channel", "row of /channels that records report", primary);
  run_table.column({"sampling_cpu_share", "", "sampling_cpu_s of one core over sampling_elapsed_s"},
                   [&](std::int64_t i) {
                     return runs[i]->sampling.cpu.value / runs[i]->sampling.elapsed.value;
                   });
  run_table.column({"protocol_hash", "", "SHA-256 of protocol"},
                   [&](std::int64_t i) { return sha256(runs[i]->protocol); });
}

void write_times(hdf5::File& file, const Results& results) {
  std::vector<std::int64_t> owner;
  std::vector<Seconds> times;
  for (std::int64_t i = 0; i < std::ssize(results.records); ++i) {
    const std::vector<Seconds>& samples = results.records[i].times;
    times.insert(times.end(), samples.begin(), samples.end());
    owner.insert(owner.end(), samples.size(), i);
  }
  TableWriter table(file, "/times", "time samples, from the time phase", std::ssize(times));
  index_column(table, "record", "row of /records", owner);
  table.column(
      {"time_s", "s", "time per launch"}, [&](std::int64_t i) -> auto& { return times[i]; });
}

void write_intervals(TableWriter& table, const Results& results, const IdleBaseline& baseline) {
  std::vector<LaunchIntervals> intervals;
  intervals.reserve(results.records.size());
  for (const Record& record : results.records) {
    const RunInfo& run = results.runs[record.run];
    intervals.push_back(record_intervals(baseline, record, run, run.primary_channel));
  }
  table.column(
      {"gross_half_width_j_per_launch", "J",
       "half of the 95 % interval of gross, gain apart, as the protocol is proven to give"},
      [&](std::int64_t i) { return intervals[i].gross.half_width; });
  table.column({"net_half_width_j_per_launch", "J", "the same of net, idle in it"},
               [&](std::int64_t i) { return intervals[i].net.half_width; });
}

std::int64_t count_disagreeing(const Record& record) {
  const auto disagrees = [](const Window& window) {
    return std::ranges::any_of(window.checks, &CrossCheck::disagrees);
  };
  return std::ranges::count_if(record.windows, disagrees);
}

void write_summary(TableWriter& table, const Results& results, const IdleBaseline& baseline) {
  std::vector<LaunchEnergy> energies;
  energies.reserve(results.records.size());
  for (const Record& record : results.records) {
    energies.push_back(launch_energy(baseline, record, results.runs[record.run].primary_channel));
  }
  const auto energy = [&](const char* name, const char* description, Joules LaunchEnergy::*value) {
    table.column(
        {name, "J", description}, [&](std::int64_t i) -> auto& { return energies[i].*value; });
  };
  energy("gross_j_per_launch", "mean over valid windows of the primary channel",
         &LaunchEnergy::gross);
  energy("net_j_per_launch", "the same, less idle power", &LaunchEnergy::net);
  energy("u_gross_j_per_launch", "standard error (k = 1) of the mean", &LaunchEnergy::u_gross);
  energy("u_net_j_per_launch", "standard error (k = 1) of the mean", &LaunchEnergy::u_net);
  energy("u_idle_j_per_launch", "standard uncertainty (k = 1) of net from idle",
         &LaunchEnergy::u_idle);
  write_intervals(table, results, baseline);
  table.column(
      {"power_w", "W", "gross energy of the valid windows over their time"},
      [&](std::int64_t i) -> auto& { return energies[i].power; });
  table.column(
      {"windows_valid", "", "windows that count"}, [&](std::int64_t i) -> auto& {
        return energies[i].windows;
      });
  table.column({"windows_disagreeing", "", "windows with a meter that disagrees: /cross_checks"},
               [&](std::int64_t i) { return count_disagreeing(results.records[i]); });
}

// Of points whose windows have three lengths.
void write_slopes(TableWriter& table, const Results& results) {
  std::vector<LaunchSlope> slopes;
  slopes.reserve(results.records.size());
  for (const Record& record : results.records) {
    slopes.push_back(launch_slope(record.windows, results.runs[record.run].primary_channel));
  }
  const auto column = [&](const char* name, const char* description, Interval LaunchSlope::*of,
                          double Interval::*value) {
    table.column(
        {name, "J", description}, [&](std::int64_t i) -> auto& { return slopes[i].*of.*value; });
  };
  column("slope_j_per_launch", "of gross energy against launches over windows of three lengths",
         &LaunchSlope::slope, &Interval::value);
  column("slope_half_width_j", "half of its 95 % interval, gain apart", &LaunchSlope::slope,
         &Interval::half_width);
  column("intercept_j", "what a window costs however many launches are in it",
         &LaunchSlope::intercept, &Interval::value);
  column("intercept_half_width_j", "half of its 95 % interval, gain apart", &LaunchSlope::intercept,
         &Interval::half_width);
}

void write_records(hdf5::File& file, const Results& results, const IdleBaseline& baseline) {
  std::vector<const Record*> rows;
  for (const Record& record : results.records) rows.push_back(&record);
  TableWriter table(file, "/records", "points, and what became of them", std::ssize(rows));
  write_point_columns(table, results.records);
  record_columns(table, rows);
  const auto run = [&](std::int64_t i) -> const RunInfo& { return results.runs[rows[i]->run]; };
  table.column(
      {"device", "", "where the kernel ran"}, [&](std::int64_t i) -> auto& {
        return run(i).device;
      });
  const auto quantile = [&](const char* name, const char* description, double q) {
    table.column({name, "s", description},
                 [&](std::int64_t i) { return time_quantile(*rows[i], q); });
  };
  quantile("time_median_s", "median time per launch", 0.5);
  quantile("time_p10_s", "10 % of the time samples are below", 0.1);
  quantile("time_p90_s", "90 % of the time samples are below", 0.9);
  write_summary(table, results, baseline);
  write_slopes(table, results);
  table.column(
      {"net_reason", "", "why net energy is not there; empty where it is"},
      [&](std::int64_t i) { return baseline.net_reason(*rows[i], run(i).primary_channel); });
  const auto primary = [&](std::int64_t i) -> const Channel* {
    return run(i).primary_channel < 0 ? nullptr : &run(i).channels[run(i).primary_channel];
  };
  table.column({"primary_channel", "", "channel of the joules of this row; empty without"},
               [&](std::int64_t i) {
                 return primary(i) == nullptr ? std::string_view() : primary(i)->name;
               });
  table.column({"boundary", "", "what the joules cover: the domain of the channel"},
               [&](std::int64_t i) {
                 return primary(i) == nullptr ? std::string_view() : primary(i)->domain;
               });
  table.column(
      {"gain_relative", "", "standard uncertainty (k = 1) of the gain of the joules"},
      [&](std::int64_t i) { return primary(i) == nullptr ? kNan : primary(i)->gain_relative; });
}

}  // namespace

void hdf5::write_faults(File& file) {
  const auto faults = window_faults();
  TableWriter table(file, "/faults", "bits of the columns named `invalid`", std::ssize(faults));
  table.column({"bit", "", "value of the bit"}, [&](std::int64_t i) { return faults[i].bit; });
  table.column({"name", "", "name of the fault"}, [&](std::int64_t i) { return faults[i].name; });
  table.column({"description", "", "what it means"},
               [&](std::int64_t i) { return faults[i].description; });
}

void write_results(const std::filesystem::path& hdf5, const Results& results) {
  const IdleBaseline baseline(results);
  hdf5::ChannelRows channels(results);
  hdf5::File file;
  file.create_group("/schema",
                    "an ergon result file; a reader of one major version reads every minor one");
  file.write_attribute("/schema", "major", hdf5::kSchemaMajor);
  file.write_attribute("/schema", "minor", hdf5::kSchemaMinor);
  write_sweeps_and_runs(file, results, channels);
  hdf5::write_channels(file, channels);
  write_records(file, results, baseline);
  write_times(file, results);
  hdf5::write_windows(file, results, channels, baseline);
  hdf5::write_states(file, results, channels);
  hdf5::write_checks(file, results, channels);
  hdf5::write_nodes(file, results, channels);
  hdf5::write_idle(file, results, channels);
  hdf5::write_faults(file);
  replace_file(hdf5, file.image());
}

}  // namespace ergon
