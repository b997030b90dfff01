#include "harness/record/energy_tables.h"

#include <map>

#include "harness/record/layout.h"
#include "harness/record/summary.h"
#include "kernels/error.h"

namespace ergon::hdf5 {
namespace {

// Rows of /energy or /idle_energy: what one channel said of one stretch.
struct Energies {
  std::vector<const ChannelEnergy*> rows;
  std::vector<std::int64_t> channel;  // row of /channels
  std::vector<std::int64_t> owner;    // row of /windows or /idle

  void add(const ChannelRows& channels, int run, std::int64_t of, const ChannelEnergy& energy) {
    rows.push_back(&energy);
    channel.push_back(channels.row(run, energy.channel));
    owner.push_back(of);
  }
};

void write_channel_names(TableWriter& table, const ChannelRows& channels,
                         const Energies& energies) {
  const auto channel = [&](std::int64_t i) -> const Channel& {
    return *channels.rows[energies.channel[i]];
  };
  table.column(
      {"channel_name", "", "name of the channel"}, [&](std::int64_t i) -> auto& {
        return channel(i).name;
      });
  table.column(
      {"domain", "", "part of the machine that it covers"}, [&](std::int64_t i) -> auto& {
        return channel(i).domain;
      });
  table.column(
      {"source", "", "measured, estimated, simulated or imported; they never mix"},
      [&](std::int64_t i) -> auto& { return channel(i).source; });
}

// What follows from the windows, for each row of /energy.
struct DerivedEnergy {
  NetEnergy net;
  Joules u_stat;
};

void derive(const IdleBaseline& baseline, const Record& record,
            std::vector<DerivedEnergy>& derived) {
  std::map<int, Joules> deviation;  // per launch, by channel
  for (const Window& window : record.windows) {
    for (const ChannelEnergy& energy : window.energy) {
      auto [found, fresh] = deviation.try_emplace(energy.channel);
      if (fresh) found->second = launch_energy(baseline, record, energy.channel).deviation;
      derived.push_back(
          {baseline.net(record.run, window, energy), window.launches * found->second});
    }
  }
}

void write_derived_energy(TableWriter& table, const ChannelRows& channels, const Energies& energies,
                          const std::vector<DerivedEnergy>& derived) {
  table.column(
      {"idle_w", "W", "idle power, between the idle stretches around the window"},
      [&](std::int64_t i) -> auto& { return derived[i].net.idle; });
  table.column(
      {"idle_drift", "", "idle power after the block over that before, less one; NaN: not known"},
      [&](std::int64_t i) -> auto& { return derived[i].net.drift; });
  table.column(
      {"net_j", "J", "gross_j less idle_w over the window"}, [&](std::int64_t i) -> auto& {
        return derived[i].net.net;
      });
  table.column(
      {"u_stat_j", "J", "standard deviation (k = 1) between the windows of the record"},
      [&](std::int64_t i) -> auto& { return derived[i].u_stat; });
  table.column(
      {"u_idle_j", "J", "standard uncertainty (k = 1) of net_j from idle_w"},
      [&](std::int64_t i) -> auto& { return derived[i].net.u_idle; });
  const auto channel = [&](std::int64_t i) -> const Channel& {
    return *channels.rows[energies.channel[i]];
  };
  table.column({"u_gain_j", "J", "standard uncertainty (k = 1) of gross_j from the gain"},
               [&](std::int64_t i) { return channel(i).gain_relative * energies.rows[i]->gross; });
  table.column(
      {"gain_group", "", "rows of one group share one unknown gain"}, [&](std::int64_t i) -> auto& {
        return channel(i).gain_group;
      });
}

}  // namespace

ChannelRows::ChannelRows(const Results& results) {
  static constexpr ChannelTotals kNotRead;
  for (const RunInfo& info : results.runs) {
    first.push_back(std::ssize(rows));
    for (std::size_t i = 0; i < info.channels.size(); ++i) {
      const std::vector<ChannelTotals>& costs = info.sampling.channels;
      totals.push_back(i < costs.size() ? &costs[i] : &kNotRead);
    }
    for (const Channel& channel : info.channels) {
      run.push_back(std::ssize(first) - 1);
      rows.push_back(&channel);
    }
  }
}

std::int64_t ChannelRows::row(int of_run, int channel) const {
  const std::int64_t row = first[of_run] + channel;
  ERGON_ASSERT(channel >= 0 && row < std::ssize(rows) && run[row] == of_run);
  return row;
}

void write_channels(File& file, ChannelRows& channels) {
  TableWriter table(file, "/channels", "sources of energy numbers of each run",
                    std::ssize(channels.rows));
  index_column(table, "run", "row of /runs", channels.run);
  channel_columns(table, channels.rows);
  channel_total_columns(table, channels.totals);
}

void write_idle(File& file, const Results& results, const ChannelRows& channels) {
  std::vector<const IdleStretch*> rows;
  std::vector<std::int64_t> runs;
  Energies energies;
  for (const IdleStretch& stretch : results.idle) {
    for (const ChannelEnergy& energy : stretch.energy) {
      energies.add(channels, stretch.run, std::ssize(rows), energy);
    }
    rows.push_back(&stretch);
    runs.push_back(stretch.run);
  }
  TableWriter table(file, "/idle", "stretches without launches, around blocks of points",
                    std::ssize(rows));
  index_column(table, "run", "row of /runs", runs);
  stretch_columns(table, rows);

  TableWriter energy_table(file, "/idle_energy", "energy of idle stretches, a row per channel",
                           std::ssize(energies.rows));
  index_column(energy_table, "idle", "row of /idle", energies.owner);
  index_column(energy_table, "channel", "row of /channels", energies.channel);
  write_channel_names(energy_table, channels, energies);
  energy_columns(energy_table, energies.rows);
}

void write_windows(File& file, const Results& results, const ChannelRows& channels,
                   const IdleBaseline& baseline) {
  std::vector<const Window*> rows;
  std::vector<std::int64_t> records, energy_records;
  Energies energies;
  std::vector<DerivedEnergy> derived;
  for (std::int64_t i = 0; i < std::ssize(results.records); ++i) {
    const Record& record = results.records[i];
    derive(baseline, record, derived);
    for (const Window& window : record.windows) {
      for (const ChannelEnergy& energy : window.energy) {
        energies.add(channels, record.run, std::ssize(rows), energy);
        energy_records.push_back(i);
      }
      rows.push_back(&window);
      records.push_back(i);
    }
  }
  TableWriter table(file, "/windows", "stretches of back-to-back launches between two meter edges",
                    std::ssize(rows));
  index_column(table, "record", "row of /records", records);
  stretch_columns(table, rows);
  launches_column(table, rows);
  activity_columns(table, rows);
  table.column(
      {"energy_status", "", "of its record"}, [&](std::int64_t i) -> auto& {
        return results.records[records[i]].energy_status;
      });

  TableWriter energy_table(file, "/energy", "energy of windows, a row per channel",
                           std::ssize(energies.rows));
  index_column(energy_table, "record", "row of /records", energy_records);
  index_column(energy_table, "window", "row of /windows", energies.owner);
  index_column(energy_table, "channel", "row of /channels", energies.channel);
  write_channel_names(energy_table, channels, energies);
  energy_columns(energy_table, energies.rows);
  write_derived_energy(energy_table, channels, energies, derived);
}

}  // namespace ergon::hdf5
