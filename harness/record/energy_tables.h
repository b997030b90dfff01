#pragma once

#include <cstdint>
#include <vector>

#include "harness/record/columns.h"
#include "harness/record/idle_baseline.h"
#include "harness/record/results.h"

namespace ergon::hdf5 {

// Every channel of every run, and where each run's begin.
struct ChannelRows {
  std::vector<const Channel*> rows;
  std::vector<const ChannelTotals*> totals;  // of each row
  std::vector<std::int64_t> run;             // of each row
  std::vector<std::int64_t> first;           // of each run

  explicit ChannelRows(const Results& results);

  // Row of a channel of a run.
  [[nodiscard]] std::int64_t row(int of_run, int channel) const;
};

void write_channels(File& file, ChannelRows& channels);

// /windows and /energy, with net energy and the uncertainties that follow from the windows.
void write_windows(File& file, const Results& results, const ChannelRows& channels,
                   const IdleBaseline& baseline);

// /idle and /idle_energy.
void write_idle(File& file, const Results& results, const ChannelRows& channels);

}  // namespace ergon::hdf5
