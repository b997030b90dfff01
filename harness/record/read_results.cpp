#include <limits>

#include "harness/record/kernel_finder.h"
#include "harness/record/layout.h"
#include "harness/record/point_columns.h"
#include "harness/record/results.h"
#include "kernels/error.h"

namespace ergon {
namespace {

using hdf5::TableReader;

template <class Row>
std::vector<Row*> pointers(std::vector<Row>& values) {
  std::vector<Row*> rows;
  rows.reserve(values.size());
  for (Row& value : values) rows.push_back(&value);
  return rows;
}

// A column of rows of another group, which has `limit`; -1 means none where `optional`.
std::vector<std::int64_t> read_index(TableReader& table, const char* name, std::int64_t rows,
                                     std::int64_t limit, bool optional = false) {
  std::vector<std::int64_t> index(static_cast<std::size_t>(rows));
  table.each<std::int64_t>(name, [&](std::int64_t i, std::int64_t row) {
    index[i] = row;
    return row < limit && row >= (optional ? -1 : 0);
  });
  return index;
}

// Appends one element to a vector of each owner, and gives pointers to the new elements in order.
template <class Element, class Owner>
std::vector<Element*> distribute(const std::vector<std::int64_t>& owners, const Owner& owner) {
  for (const std::int64_t row : owners) owner(row).emplace_back();
  // All vectors have their size now, so that pointers into them last. Rows of one owner are
  // counted off as they come, for they need not stand together.
  std::vector<std::int64_t> next;
  std::vector<Element*> elements;
  elements.reserve(owners.size());
  for (const std::int64_t row : owners) {
    if (row >= std::ssize(next)) next.resize(row + 1, 0);
    elements.push_back(&owner(row)[next[row]++]);
  }
  return elements;
}

void read_runs(const hdf5::File& file, Results& results) {
  TableReader sweep_table(file, "/sweep");
  std::vector<RunInfo> sweeps(sweep_table.rows("name"));
  auto sweep_rows = pointers(sweeps);
  sweep_columns(sweep_table, sweep_rows);
  TableReader table(file, "/runs");
  results.runs.resize(table.rows("id"));
  auto rows = pointers(results.runs);
  run_columns(table, rows);
  const auto sweep = read_index(table, "sweep", std::ssize(rows), std::ssize(sweeps));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i]->sweep_name = sweeps[sweep[i]].sweep_name;
    rows[i]->sweep_text = sweeps[sweep[i]].sweep_text;
    rows[i]->seed = sweeps[sweep[i]].seed;
  }
}

// Which run and which of its channels each row of /channels is.
struct Channels {
  std::vector<std::int64_t> run;
  std::vector<int> within;  // index into the channels of the run
};

Channels read_channels(const hdf5::File& file, Results& results) {
  TableReader table(file, "/channels");
  Channels channels;
  const std::int64_t count = table.rows("run");
  channels.run = read_index(table, "run", count, std::ssize(results.runs));
  auto rows = distribute<Channel>(
      channels.run, [&](std::int64_t run) -> auto& { return results.runs[run].channels; });
  channel_columns(table, rows);
  auto costs = distribute<ChannelTotals>(
      channels.run, [&](std::int64_t run) -> auto& { return results.runs[run].sampling.channels; });
  channel_total_columns(table, costs);
  for (std::int64_t i = 0; i < count; ++i) {
    const Channel* first = results.runs[channels.run[i]].channels.data();
    channels.within.push_back(static_cast<int>(rows[i] - first));
  }
  TableReader runs(file, "/runs");
  const std::int64_t run_count = runs.rows("id");
  const auto primary = read_index(runs, "primary_channel", run_count, count, /*optional=*/true);
  for (std::int64_t i = 0; i < run_count; ++i) {
    if (primary[i] < 0) continue;
    if (channels.run[primary[i]] != i) {
      throw Error(file.name() + ": /runs/primary_channel: row " + std::to_string(i) +
                  " names a channel of another run; the file is damaged");
    }
    results.runs[i].primary_channel = channels.within[primary[i]];
  }
  return channels;
}

void read_records(const hdf5::File& file, Results& results) {
  TableReader table(file, "/records");
  results.records.resize(table.rows("run"));
  KernelFinder kernels(results);
  read_point_columns(table, kernels, results.records);
  auto rows = pointers(results.records);
  record_columns(table, rows);
  for (const Record* record : rows) {
    if (record->run < 0 || record->run >= std::ssize(results.runs)) {
      throw Error(file.name() + ": /records/run: no row " + std::to_string(record->run) +
                  " in /runs; the file is damaged");
    }
  }
}

void read_times(const hdf5::File& file, Results& results) {
  TableReader table(file, "/times");
  const std::int64_t count = table.rows("record");
  const auto owner = read_index(table, "record", count, std::ssize(results.records));
  table.each<double>("time_s", [&](std::int64_t i, double time) {
    results.records[owner[i]].times.push_back({time});
    return true;
  });
}

// The rows of /energy or /idle_energy, each into the energies of its owner.
template <class Owners>
void read_energies(const hdf5::File& file, const char* group, const char* owner_name,
                   const Channels& channels, const Owners& owners) {
  TableReader table(file, group);
  const std::int64_t count = table.rows(owner_name);
  const auto owner = read_index(table, owner_name, count, std::ssize(owners));
  const auto channel = read_index(table, "channel", count, std::ssize(channels.run));
  auto rows = distribute<ChannelEnergy>(
      owner, [&](std::int64_t of) -> auto& { return owners[of]->energy; });
  energy_columns(table, rows);
  for (std::int64_t i = 0; i < count; ++i) rows[i]->channel = channels.within[channel[i]];
}

// The rows of /beside or /cross_checks, each into its window; none where an older file has none.
template <class Element>
std::vector<Element*> read_of_windows(TableReader& table, const std::vector<Window*>& windows,
                                      const Channels& channels,
                                      std::vector<Element> Window::*elements) {
  const std::int64_t count = table.rows("window");
  const auto owner = read_index(table, "window", count, std::ssize(windows));
  const auto channel = read_index(table, "channel", count, std::ssize(channels.run));
  auto rows = distribute<Element>(
      owner, [&](std::int64_t of) -> auto& { return windows[of]->*elements; });
  for (std::int64_t i = 0; i < count; ++i) rows[i]->channel = channels.within[channel[i]];
  return rows;
}

void read_states(const hdf5::File& file, const std::vector<Window*>& windows,
                 const Channels& channels) {
  if (hdf5::is_of_older_schema(file) && !file.has("/beside")) return;
  TableReader table(file, "/beside");
  auto rows = read_of_windows(table, windows, channels, &Window::states);
  state_columns(table, rows);
}

void read_checks(const hdf5::File& file, const std::vector<Window*>& windows,
                 const Channels& channels) {
  if (hdf5::is_of_older_schema(file) && !file.has("/cross_checks")) return;
  TableReader table(file, "/cross_checks");
  auto rows = read_of_windows(table, windows, channels, &Window::checks);
  check_columns(table, rows);
  const auto other =
      read_index(table, "other", std::ssize(rows), std::ssize(channels.run), /*optional=*/true);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i]->other = other[i] < 0 ? -1 : channels.within[other[i]];
  }
}

void read_nodes(const hdf5::File& file, const std::vector<Window*>& windows,
                const Channels& channels) {
  if (hdf5::is_of_older_schema(file) && !file.has("/node_windows")) return;
  TableReader table(file, "/node_windows");
  const std::int64_t count = table.rows("window");
  const auto owner = read_index(table, "window", count, std::ssize(windows));
  const auto channel =
      read_index(table, "channel", count, std::ssize(channels.run), /*optional=*/true);
  auto rows = distribute<NodeWindow>(
      owner, [&](std::int64_t of) -> auto& { return windows[of]->nodes; });
  node_columns(table, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i]->channel = channel[i] < 0 ? -1 : channels.within[channel[i]];
  }
}

void read_windows(const hdf5::File& file, Results& results, const Channels& channels) {
  TableReader table(file, "/windows");
  const std::int64_t count = table.rows("record");
  const auto owner = read_index(table, "record", count, std::ssize(results.records));
  auto rows = distribute<Window>(
      owner, [&](std::int64_t of) -> auto& { return results.records[of].windows; });
  stretch_columns(table, rows);
  launches_column(table, rows);
  activity_columns(table, rows);
  read_energies(file, "/energy", "window", channels, rows);
  read_states(file, rows, channels);
  read_checks(file, rows, channels);
  read_nodes(file, rows, channels);
}

void read_idle(const hdf5::File& file, Results& results, const Channels& channels) {
  TableReader table(file, "/idle");
  results.idle.resize(table.rows("run"));
  const auto run = read_index(table, "run", std::ssize(results.idle), std::ssize(results.runs));
  auto rows = pointers(results.idle);
  stretch_columns(table, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i]->run = static_cast<int>(run[i]);
  read_energies(file, "/idle_energy", "idle", channels, rows);
}

}  // namespace

Results read_results(const std::filesystem::path& hdf5) {
  const hdf5::File file(hdf5);
  hdf5::expect_schema(file);
  Results results;
  read_runs(file, results);
  const Channels channels = read_channels(file, results);
  read_records(file, results);
  read_times(file, results);
  read_windows(file, results, channels);
  read_idle(file, results, channels);
  return results;
}

}  // namespace ergon
