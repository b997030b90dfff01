#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/config/plan.h"
#include "harness/config/sweep.h"
#include "harness/record/results.h"
#include "harness/record/sentinel_drift.h"
#include "harness/run/blocks.h"
#include "harness/run/cross_check.h"
#include "kernels/device.h"

namespace ergon {

// Where a run is a part of something larger: a shard of a campaign.
struct RunWithin {
  const Plan* plan = nullptr;                     // frozen; null: made from the sweep
  const std::vector<Visit>* visits = nullptr;     // of the plan; null: every one of the shard
  std::function<void(const Visit&)> begins = {};  // called before each visit
  std::function<bool()> ends = {};                // asked between points; true ends as SIGTERM does
  std::string unmetered = {};  // why no meter of hardware may be opened; empty where it may
  std::string facts = {};      // JSON: stands in the provenance as "campaign"
};

class Comm;

// Where several processes measure one sweep (harness/comm).
struct RunRanks {
  Comm* comm = nullptr;  // null: this process measures alone
  bool loaded = false;   // all run the same point at once; else each its own points
  bool share = false;    // ranks of one node measure at once, and no meter is read there
};

struct RunOptions {
  std::filesystem::path output;  // results/a.h5; its journal stands beside it
  bool resume = false;           // else an output or journal that exists is an Error
  bool accept_stale = false;     // resume over another kernel source or protocol
  Shard shard;
  std::filesystem::path root = "/";  // where meters look for /sys and /proc
  std::string command_line;          // for the provenance
  RunWithin within = {};
  RunRanks ranks = {};
  // Gives the device of a kind, or null with the reason; by default the first of this build's.
  std::function<std::unique_ptr<Device>(DeviceKind, std::string& why_not)> open_device = {};
};

// What a progress display is told after each record. A point counts in each replicate; sentinels,
// and points measured again, do not count.
struct Progress {
  std::int64_t done = 0, total = 0;  // points of this shard; done counts resumed ones too
  std::int64_t fresh = 0;            // points measured by this process
  Seconds elapsed, left;             // left: NaN until it can be told
  Joules energy;                     // gross, of all windows so far; NaN where unmeasured
  EnergyStatus energy_status = EnergyStatus::unmeasured;
  const Record* last = nullptr;
};

struct RunSummary {
  std::int64_t points = 0, ok = 0, refused = 0, failed = 0, resumed = 0, stale = 0;
  bool interrupted = false;                // SIGINT or SIGTERM came; the file is whole all the same
  std::vector<std::string> meters_closed;  // why meters that were looked for did not open
  SamplingCost sampling = {};              // of this execution; NaN where there was no meter
  BesideInfo beside = {};
  std::vector<Channel> channels = {};            // of sampling.channels and of disagreements
  std::vector<Disagreement> disagreements = {};  // of this execution; agreements too
  BlockTally blocks = {};
  std::int64_t stopped_wide = 0;  // records whose noise settled above the interval asked for
  std::int64_t restless = 0;      // records whose settling ended with something still changing
  std::vector<SentinelDrift> drifts = {};  // of the sentinels of this run
};

// Runs a sweep: plan, meters, idle brackets, points, journal, result file. SIGINT, SIGTERM and
// SIGUSR1 end it after the point in flight. Throws Error where it cannot start or cannot keep its
// records. Of several ranks, what rank 0 calls; the others call serve_sweep.
[[nodiscard]] RunSummary run_sweep(const Sweep& sweep, const RunOptions& options,
                                   const std::function<void(const Progress&)>& progress);

// What the other ranks call: measures what rank 0 says until that has no more. `root`: as
// RunOptions. Throws Error where this rank cannot go on.
void serve_sweep(Comm& comm, const std::filesystem::path& root, bool loaded);

}  // namespace ergon
