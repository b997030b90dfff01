#pragma once

#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "harness/meter/channel.h"
#include "harness/meter/sampling_cost.h"
#include "harness/record/record.h"

namespace ergon {

// How the numbers of Activity were had in a run, and why those that are NaN were not.
struct BesideInfo {
  std::string counters_reason;    // why cycles, instructions and misses are not known
  std::string frequency_source;   // "aperf/mperf", "cycles" or "cpufreq"; empty: not known
  std::string frequency_reason;   // why it is not known, or is not of the best source
  std::string scheduling_reason;  // why steal, preemptions or migrations are not known
};

// One execution of `ergon run` on one node: a row of /runs.
struct RunInfo {
  std::string id;  // random UUID
  std::string sweep_name;
  std::string sweep_text;  // YAML verbatim
  std::uint64_t seed = 0;
  std::string protocol;      // protocol_key
  std::string build_hash;    // compiler, flags, git revision
  std::string kernels_hash;  // kernel sources: primitive -> SHA-256, as canonical text
  std::string device;        // Device::name, of all its points
  std::string started_utc;   // ISO 8601
  std::int64_t anchor_utc_ns = 0, anchor_steady_ns = 0;  // the same moment on both clocks
  int primary_channel = -1;       // index into channels; -1: nothing was metered
  std::string unmeasured_reason;  // where primary_channel is -1
  std::vector<Channel> channels;
  std::string provenance;  // JSON: host, cpu, software, environment, placement, meters
  BesideInfo beside = {};
  SamplingCost sampling = {};
  // What Slurm's accounting has of the job step that the run was: known to `ergon collect` only.
  Joules slurm_energy{std::numeric_limits<double>::quiet_NaN()};
};

// Everything a result file holds. Plain data: what was measured, and by whom.
struct Results {
  std::vector<RunInfo> runs;
  std::vector<IdleStretch> idle;
  std::vector<Record> records;
  // Stand-ins for kernels of the records that this build does not have: their name, primitive and
  // device, and a refusal to run. Points of `records` point to them, so they must live as long.
  std::vector<std::shared_ptr<const Kernel>> foreign_kernels;
};

// Reads an HDF5 result file. Throws Error where it is truncated, foreign, or of an unknown major
// schema version.
[[nodiscard]] Results read_results(const std::filesystem::path& hdf5);

// Writes to a temporary name beside `hdf5`, then renames: the file is whole or not there. Throws
// Error (full disk, no such folder) and leaves what was there before untouched.
void write_results(const std::filesystem::path& hdf5, const Results&);

// All of both: the runs, idle stretches and records of `more` behind those of `results`, but for
// what is there already. Runs are the same by their id, records by run, point key and repetition,
// idle stretches by run and begin, so merging twice changes nothing. Throws Error where two runs of
// one id have different channels.
[[nodiscard]] Results merge(Results results, Results more);

// Gross energy of a window, its idle share and what is left, for one channel.
struct NetEnergy {
  Watts idle;             // interpolated between the idle stretches around the window; NaN without
  Joules net;             // gross - idle x duration; NaN where rejected
  Joules u_idle;          // standard uncertainty of net from idle
  double drift = 0;       // of idle power from before to after, relative; NaN without either
  bool rejected = false;  // it drifted too far for net energy to mean anything
};
// For one window. For all windows of a file make one IdleBaseline (idle_baseline.h) and ask it.
[[nodiscard]] NetEnergy net_energy(const Results&, const Record&, const Window&,
                                   const ChannelEnergy&);

}  // namespace ergon
