#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/config/point.h"
#include "harness/units.h"

namespace ergon {

// NaN: not known.
inline constexpr double kNotKnown = std::numeric_limits<double>::quiet_NaN();

// What one channel said over one window or idle stretch. Raw readings are as the source gave them.
struct ChannelEnergy {
  int channel = 0;  // index into the run's channels
  std::uint64_t raw_begin = 0, raw_end = 0;
  Joules gross = {};   // NaN where the channel failed
  Joules u_edge = {};  // standard uncertainty (k = 1) from the update period and the edges' slack
  // The highest power that the sensor saw in between, and the bandwidth of that: half the rate of
  // the readings, or of the means that they are. Swings that are quicker do not show in it. NaN
  // where nothing was read between the edges.
  Watts peak = {kNotKnown};
  Hertz peak_bandwidth = {kNotKnown};
};

// What a channel of something else than energy and power showed over one window, in its unit.
struct ChannelState {
  int channel = 0;                            // index into the run's channels
  double begin = kNotKnown, end = kNotKnown;  // at the edges; NaN where the reading failed
  double min = kNotKnown, max = kNotKnown;    // of all readings, those at the edges included
  double mean = kNotKnown;                    // over time
  std::uint64_t flags = 0;                    // every bit that a channel of flags showed
};

// Two channels that count the same energy, or a channel and all the parts of it that have channels,
// held against each other over one window.
struct CrossCheck {
  int channel = 0;           // index into the run's channels
  int other = -1;            // the second of two; -1: the parts of the channel
  double ratio = kNotKnown;  // energy of the other, or of the parts, over that of the channel
  bool disagrees = false;    // by more than 3 % beyond what the edges explain (k = 2)
};

// What the threads of a launch and their CPUs did over one window. A number that this machine does
// not give is NaN, and RunInfo::beside says why.
struct Activity {
  // That the counts are of: the window, and the pause and the search for its edge before it, in
  // which the load ran as well.
  Seconds elapsed = {kNotKnown};
  double cycles = kNotKnown, instructions = kNotKnown;
  double cache_misses = kNotKnown;   // of the last level
  double counted_share = kNotKnown;  // of the threads' time; below 1: counts are scaled up from it
  Hertz frequency = {kNotKnown};     // of the CPUs while they worked; its source: RunInfo::beside
  double steal_share = kNotKnown;    // of the CPUs' time that the hypervisor took
  double preemptions = kNotKnown;    // involuntary context switches
  double migrations = kNotKnown;     // moves of a thread to another CPU
};

// What one node took of a window that ranks of several nodes ran at once: its meters' edges are its
// own, and the window is what the stretches of all nodes have in common.
struct NodeWindow {
  int channel = -1;  // of the node's energy, index into the run's channels; -1: it was not metered
  int node = 0;      // numbered in the order of their first ranks
  std::string host;
  int ranks = 1;  // on the node
  // Its own stretch, on the clock of the run.
  std::int64_t begin_ns = 0, end_ns = 0;
  Joules gross = {kNotKnown};  // over its own stretch, as its meter says
  Joules cut = {kNotKnown};    // of that, what lies beyond the window, by its mean power
  double launches = 0;         // of its ranks, within the window
  // The node's steady clock less that of the run, as known before the point, to +- the bound.
  std::int64_t clock_offset_ns = 0, clock_bound_ns = 0;
  Seconds barrier_wait = {kNotKnown};  // longest that a rank of it waited for the others to begin
};

// Why a window does not count; bits of Window::invalid. The table is stored in every file.
enum WindowFault : std::uint32_t {
  kStaleCounter = 1u << 0,     // did not move for three update periods
  kBackwardCounter = 1u << 1,  // went back by more than a wrap explains
  kReadFailed = 1u << 2,       // the source gave an error
  kStealTime = 1u << 3,        // the hypervisor took more than 1 % of the window's CPU time
  kTooFewUpdates = 1u << 4,    // fewer meter updates than the protocol asks for
  kInterrupted = 1u << 5,      // the budget of the point ended within it
  kThrottled = 1u << 6,        // the device slowed itself for a reason that is not allowed
  kForeignProcess = 1u << 7,   // another process computed on the device
  kPartTimeSensor = 1u << 8,   // launches keep step with a sensor that looks part of the time
  kClockDrift = 1u << 9,       // the clock left +-2 % of the median over the point's windows
  kMigration = 1u << 10,       // a thread of the launch moved to another CPU
};
struct FaultName {
  std::uint32_t bit;
  std::string_view name, description;
};
[[nodiscard]] std::span<const FaultName> window_faults();

// One stretch of back-to-back launches between two meter edges: one sample of energy.
struct Window {
  double launches = 0;                    // interpolated between time stamps at both edges
  std::int64_t begin_ns = 0, end_ns = 0;  // steady clock of the run
  std::uint32_t invalid = 0;              // WindowFault bits; 0 where the window counts
  std::vector<ChannelEnergy> energy = {};
  Activity activity = {};
  std::vector<ChannelState> states = {};
  std::vector<CrossCheck> checks = {};
  std::vector<NodeWindow> nodes = {};  // empty where one process measured alone
};

// A stretch without launches, before or after a block of points.
struct IdleStretch {
  int run = 0;  // index into Results::runs
  std::int64_t begin_ns = 0, end_ns = 0;
  std::uint32_t invalid = 0;
  std::vector<ChannelEnergy> energy;
};

enum class RunStatus : std::uint8_t { ok, refused, failed };
enum class CheckStatus : std::uint8_t { passed, sampled, wrong, not_run };
enum class EnergyStatus : std::uint8_t {
  measured,
  partial,
  unmeasured,
  invalid,
  estimated,
  simulated,
  imported
};
// Why a point has no more windows than it has.
enum class Stop : std::uint8_t {
  not_run,
  narrow,        // the 95 % interval is as narrow as the protocol asks
  out_of_reach,  // the noise has settled above that: more windows would not have reached it
  windows_max,
  time_budget,
  part_time_sensor  // its windows cannot tell, however many
};
[[nodiscard]] std::string_view status_name(RunStatus);
[[nodiscard]] std::string_view status_name(CheckStatus);
[[nodiscard]] std::string_view status_name(EnergyStatus);
[[nodiscard]] std::string_view stop_name(Stop);

// What the load ran for before its first window, until all that was watched was flat. Names are
// separated by commas: "time", "power", and channels of clocks and temperatures.
struct Settling {
  Seconds time{};        // from the first launch of the energy phase to the first window
  std::string watched;   // empty where the protocol allows no settling
  std::string restless;  // those of them that still changed when its time was over
};

// A point and what became of it. A point that could not run is a record too.
struct Record {
  Point point;
  int run = 0;             // index into Results::runs
  std::int64_t order = 0;  // place in the run
  int replicate = 0;       // which pass over the plan it belongs to
  int repetition = 0;      // how often this run had measured the point before
  bool sentinel = false;   // measured beside the plan, to see the machine drift
  RunStatus run_status = RunStatus::failed;
  CheckStatus check_status = CheckStatus::not_run;
  EnergyStatus energy_status = EnergyStatus::unmeasured;
  std::string reason;        // where a status is not the best one, why
  double error_max = 0;      // largest |kernel - reference| / magnitude seen; NaN where not run
  double tolerance = 0;      // what it was held against
  std::int64_t checked = 0;  // output elements compared
  double zero_fraction = 0;  // measured over all inputs
  int operand_sets = 1;      // buffers that a cold point rotates; 1 where warm
  int time_batch = 1;        // launches per time sample: more than 1 where a launch is too short
  int ranks = 1, nodes = 1;  // that ran it at once; launches and energy are of all of them
  // Mean over the ranks of their median times per launch; `times` are of the slowest. NaN: one
  // rank.
  Seconds time_of_ranks = {kNotKnown};
  Settling settling;
  Stop stop = Stop::not_run;
  std::vector<Seconds> times;   // per launch, from the time phase
  std::vector<Window> windows;  // from the energy phase; without channels where unmeasured
};

}  // namespace ergon
