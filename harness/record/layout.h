#pragma once

#include <cstdint>
#include <vector>

#include "harness/record/columns.h"
#include "harness/record/results.h"

// The result file, schema 1.2: which fields are stored in which columns. Each template names the
// columns of one group that hold everything a Results holds; writing adds columns that follow from
// them, for readers who do not run ergon. `rows[i]` points to the struct of row i, const to write.
//
//   /schema       attributes major and minor
//   /sweep        one row per different sweep
//   /runs         one row per run; sweep, primary_channel: rows of /sweep and /channels
//   /channels     one row per channel of a run
//   /records      one row per point and run, with what most readers want of it
//   /times        one row per time sample
//   /windows      one row per window; /energy: one row per window and channel
//   /beside       one row per window and channel of something else: clocks, temperatures, reasons
//   /cross_checks one row per window and two meters, or a meter and its parts
//   /node_windows one row per window and node, where ranks of several nodes ran a point at once
//   /idle         one row per idle stretch; /idle_energy: one row per stretch and channel
//   /faults       the bits of the columns named `invalid`
namespace ergon::hdf5 {

inline constexpr std::int64_t kSchemaMajor = 1;
inline constexpr std::int64_t kSchemaMinor = 2;

// Throws Error where a file is not ergon's, or of another major version.
void expect_schema(const File& file);

// A row that belongs to a row of another group.
template <class Table>
void index_column(Table& table, const char* name, const char* description,
                  std::vector<std::int64_t>& rows) {
  table.column(
      {name, "", description, -1}, [&](std::int64_t i) -> auto& { return rows[i]; });
}

template <class Table, class Rows>
void sweep_columns(Table& table, Rows& rows) {
  table.column(
      {"name", "", "name of the sweep"}, [&](std::int64_t i) -> auto& {
        return rows[i]->sweep_name;
      });
  table.column(
      {"text", "", "the sweep's YAML, verbatim"}, [&](std::int64_t i) -> auto& {
        return rows[i]->sweep_text;
      });
  table.column(
      {"seed", "", "seed of the order of its points"}, [&](std::int64_t i) -> auto& {
        return rows[i]->seed;
      });
}

template <class Table, class Rows>
void run_columns(Table& table, Rows& rows) {
  table.column(
      {"id", "", "random UUID of the run"}, [&](std::int64_t i) -> auto& { return rows[i]->id; });
  table.column(
      {"started_utc", "", "start, ISO 8601"}, [&](std::int64_t i) -> auto& {
        return rows[i]->started_utc;
      });
  table.column(
      {"device", "", "where its kernels ran"}, [&](std::int64_t i) -> auto& {
        return rows[i]->device;
      });
  table.column(
      {"protocol", "", "how its points were measured, as name=value"},
      [&](std::int64_t i) -> auto& { return rows[i]->protocol; });
  table.column(
      {"build_hash", "", "SHA-256 of compiler, flags and git revision"},
      [&](std::int64_t i) -> auto& { return rows[i]->build_hash; });
  table.column(
      {"kernels_hash", "", "SHA-256 of the kernel sources of each primitive"},
      [&](std::int64_t i) -> auto& { return rows[i]->kernels_hash; });
  table.column(
      {"anchor_utc_ns", "ns", "a moment on the UTC clock, since 1970"},
      [&](std::int64_t i) -> auto& { return rows[i]->anchor_utc_ns; });
  table.column(
      {"anchor_steady_ns", "ns", "the same moment on the clock of begin_ns and end_ns"},
      [&](std::int64_t i) -> auto& { return rows[i]->anchor_steady_ns; });
  table.column(
      {"unmeasured_reason", "", "why nothing was metered, where nothing was"},
      [&](std::int64_t i) -> auto& { return rows[i]->unmeasured_reason; });
  table.column(
      {"provenance", "", "host, cpu, software, environment, placement, meters: JSON"},
      [&](std::int64_t i) -> auto& { return rows[i]->provenance; });
  table.column(
      {"counters_reason", "", "why cycles, instructions and cache_misses of /windows are NaN"},
      [&](std::int64_t i) -> auto& { return rows[i]->beside.counters_reason; });
  table.column(
      {"frequency_source", "",
       "what frequency_hz of /windows is from: aperf/mperf, cycles or cpufreq"},
      [&](std::int64_t i) -> auto& { return rows[i]->beside.frequency_source; });
  table.column(
      {"frequency_reason", "", "why it is NaN, or not from a better source"},
      [&](std::int64_t i) -> auto& { return rows[i]->beside.frequency_reason; });
  table.column(
      {"scheduling_reason", "", "why steal_share, preemptions or migrations of /windows are NaN"},
      [&](std::int64_t i) -> auto& { return rows[i]->beside.scheduling_reason; });
  table.column(
      {"sampling_cpu_s", "s", "CPU time of the thread that read the meters; NaN: there was none"},
      [&](std::int64_t i) -> auto& { return rows[i]->sampling.cpu; });
  table.column(
      {"sampling_elapsed_s", "s", "time that it ran"}, [&](std::int64_t i) -> auto& {
        return rows[i]->sampling.elapsed;
      });
  table.column(
      {"slurm_energy_j", "J",
       "what Slurm's accounting has of the job step that the run was; NaN: it has nothing"},
      [&](std::int64_t i) -> auto& { return rows[i]->slurm_energy; });
}

// What a channel's readings cost and counted over a run; rows of /channels.
template <class Table, class Rows>
void channel_total_columns(Table& table, Rows& rows) {
  table.column(
      {"reads", "", "readings of its meter, all its channels at a time"},
      [&](std::int64_t i) -> auto& { return rows[i]->reads; });
  table.column(
      {"read_s", "s", "time that they took together"}, [&](std::int64_t i) -> auto& {
        return rows[i]->time;
      });
  table.column(
      {"energy_j", "J",
       "what it counted from its first reading to the last edge of the run, launches or not"},
      [&](std::int64_t i) -> auto& { return rows[i]->energy; });
  table.column(
      {"energy_span_s", "s", "how long that was, to within an update of its source"},
      [&](std::int64_t i) -> auto& { return rows[i]->span; });
}

template <class Table, class Rows>
void channel_columns(Table& table, Rows& rows) {
  table.column(
      {"name", "", "name, unique within its run"}, [&](std::int64_t i) -> auto& {
        return rows[i]->name;
      });
  table.column(
      {"domain", "", "part of the machine that it covers"}, [&](std::int64_t i) -> auto& {
        return rows[i]->domain;
      });
  table.column(
      {"within", "", "channel of the run that already counts this energy, or empty"},
      [&](std::int64_t i) -> auto& { return rows[i]->within; });
  table.column(
      {"measure", "", "energy, power, temperature or frequency"}, [&](std::int64_t i) -> auto& {
        return rows[i]->measure;
      });
  table.column(
      {"source", "", "measured, estimated, simulated or imported; they never mix"},
      [&](std::int64_t i) -> auto& { return rows[i]->source; });
  table.column(
      {"scale", "", "J, W, K or Hz per count of raw_begin and raw_end"},
      [&](std::int64_t i) -> auto& { return rows[i]->scale; });
  table.column(
      {"update_period_s", "s", "time between new numbers; 0: every read is new"},
      [&](std::int64_t i) -> auto& { return rows[i]->update_period; });
  table.column(
      {"averaging_window_s", "s", "each number is the mean power of this long; 0: not known"},
      [&](std::int64_t i) -> auto& { return rows[i]->averaging_window; });
  table.column(
      {"lag_s", "s", "and ends this long before the number comes; 0: not known"},
      [&](std::int64_t i) -> auto& { return rows[i]->lag; });
  table.column(
      {"wrap", "", "counts at which the counter starts again at zero; 0: never"},
      [&](std::int64_t i) -> auto& { return rows[i]->wrap; });
  table.column(
      {"resolution", "", "smallest step, in J, W, K or Hz"}, [&](std::int64_t i) -> auto& {
        return rows[i]->resolution;
      });
  table.column(
      {"gain", "", "that a calibration found, in scale already; 1: none did"},
      [&](std::int64_t i) -> auto& { return rows[i]->gain; });
  table.column(
      {"gain_relative", "", "standard uncertainty (k = 1) of the gain"},
      [&](std::int64_t i) -> auto& { return rows[i]->gain_relative; });
  table.column(
      {"gain_group", "", "channels of one group share one unknown gain"},
      [&](std::int64_t i) -> auto& { return rows[i]->gain_group; });
  table.column(
      {"note", "", "what the reader must know of the channel"}, [&](std::int64_t i) -> auto& {
        return rows[i]->note;
      });
}

// Of records: who ran them at once.
template <class Table, class Rows>
void rank_columns(Table& table, Rows& rows) {
  table.column(
      {"ranks", "", "processes that ran it at once; launches and joules are of all of them", 0},
      [&](std::int64_t i) -> auto& { return rows[i]->ranks; });
  table.column(
      {"nodes", "", "that these were on; see /node_windows", 0}, [&](std::int64_t i) -> auto& {
        return rows[i]->nodes;
      });
  table.column(
      {"time_of_ranks_s", "s",
       "mean over ranks of their median times per launch, /times being of the slowest; NaN: one "
       "rank"},
      [&](std::int64_t i) -> auto& { return rows[i]->time_of_ranks; });
}

template <class Table, class Rows>
void record_columns(Table& table, Rows& rows) {
  table.column(
      {"run", "", "row of /runs"}, [&](std::int64_t i) -> auto& { return rows[i]->run; });
  table.column(
      {"order", "", "place in the run"}, [&](std::int64_t i) -> auto& { return rows[i]->order; });
  table.column(
      {"replicate", "", "pass over the plan that it belongs to"}, [&](std::int64_t i) -> auto& {
        return rows[i]->replicate;
      });
  table.column(
      {"repetition", "", "how often the run had measured the point before"},
      [&](std::int64_t i) -> auto& { return rows[i]->repetition; });
  table.column(
      {"sentinel", "", "measured beside the plan, to see the machine drift"},
      [&](std::int64_t i) -> auto& { return rows[i]->sentinel; });
  table.column(
      {"run_status", "", "ok, refused or failed"}, [&](std::int64_t i) -> auto& {
        return rows[i]->run_status;
      });
  table.column(
      {"check_status", "", "output against reference: passed, sampled, wrong, not_run"},
      [&](std::int64_t i) -> auto& { return rows[i]->check_status; });
  table.column(
      {"energy_status", "",
       "measured, partial, unmeasured, invalid, estimated, simulated or imported"},
      [&](std::int64_t i) -> auto& { return rows[i]->energy_status; });
  table.column(
      {"reason", "", "why a status is not the best one"}, [&](std::int64_t i) -> auto& {
        return rows[i]->reason;
      });
  table.column(
      {"error_max", "", "largest |output - reference| / sum of |terms|"},
      [&](std::int64_t i) -> auto& { return rows[i]->error_max; });
  table.column(
      {"tolerance", "", "largest error_max allowed"}, [&](std::int64_t i) -> auto& {
        return rows[i]->tolerance;
      });
  table.column(
      {"checked", "", "output elements compared"}, [&](std::int64_t i) -> auto& {
        return rows[i]->checked;
      });
  table.column(
      {"zero_fraction", "", "share of zeros over all inputs, counted"},
      [&](std::int64_t i) -> auto& { return rows[i]->zero_fraction; });
  table.column(
      {"operand_sets", "", "copies of the operands that launches rotate; 1: warm"},
      [&](std::int64_t i) -> auto& { return rows[i]->operand_sets; });
  table.column(
      {"time_batch", "", "launches per time sample"}, [&](std::int64_t i) -> auto& {
        return rows[i]->time_batch;
      });
  rank_columns(table, rows);
  table.column(
      {"settle_s", "s", "from the first launch of the energy phase to its first window"},
      [&](std::int64_t i) -> auto& { return rows[i]->settling.time; });
  table.column(
      {"settle_watched", "", "what had to be flat before the first window: time, power, channels"},
      [&](std::int64_t i) -> auto& { return rows[i]->settling.watched; });
  table.column(
      {"settle_restless", "", "what of that still changed when the time for it was over"},
      [&](std::int64_t i) -> auto& { return rows[i]->settling.restless; });
  table.column(
      {"stop", "",
       "why there are no more windows: narrow, out_of_reach, windows_max, time_budget, "
       "part_time_sensor, not_run"},
      [&](std::int64_t i) -> auto& { return rows[i]->stop; });
}

// Of windows and of idle stretches.
template <class Table, class Rows>
void stretch_columns(Table& table, Rows& rows) {
  table.column(
      {"begin_ns", "ns", "steady clock of the run; see /runs/anchor_steady_ns"},
      [&](std::int64_t i) -> auto& { return rows[i]->begin_ns; });
  table.column(
      {"end_ns", "ns", "steady clock of the run"}, [&](std::int64_t i) -> auto& {
        return rows[i]->end_ns;
      });
  table.column(
      {"invalid", "", "bits of /faults; 0: it counts"}, [&](std::int64_t i) -> auto& {
        return rows[i]->invalid;
      });
}

// Of windows: what the threads of a launch and their CPUs did.
template <class Table, class Rows>
void activity_columns(Table& table, Rows& rows) {
  table.column(
      {"activity_s", "s", "that the counts below are of: the window and the pause before it"},
      [&](std::int64_t i) -> auto& { return rows[i]->activity.elapsed; });
  table.column(
      {"cycles", "", "CPU cycles of the threads, in sum; see /runs/counters_reason"},
      [&](std::int64_t i) -> auto& { return rows[i]->activity.cycles; });
  table.column(
      {"instructions", "", "retired by the threads"}, [&](std::int64_t i) -> auto& {
        return rows[i]->activity.instructions;
      });
  table.column(
      {"cache_misses", "", "of the last-level cache, by the threads"},
      [&](std::int64_t i) -> auto& { return rows[i]->activity.cache_misses; });
  table.column(
      {"counted_share", "", "of the threads' time that was counted; counts are scaled up from it"},
      [&](std::int64_t i) -> auto& { return rows[i]->activity.counted_share; });
  table.column(
      {"frequency_hz", "Hz", "of the CPUs while they worked; see /runs/frequency_source"},
      [&](std::int64_t i) -> auto& { return rows[i]->activity.frequency; });
  table.column(
      {"steal_share", "", "of the CPUs' time that the hypervisor took"},
      [&](std::int64_t i) -> auto& { return rows[i]->activity.steal_share; });
  table.column(
      {"preemptions", "", "involuntary context switches of the threads"},
      [&](std::int64_t i) -> auto& { return rows[i]->activity.preemptions; });
  table.column(
      {"migrations", "", "moves of a thread to another CPU"}, [&](std::int64_t i) -> auto& {
        return rows[i]->activity.migrations;
      });
}

template <class Table, class Rows>
void launches_column(Table& table, Rows& rows) {
  table.column(
      {"launches", "", "launches within the window, interpolated at its edges"},
      [&](std::int64_t i) -> auto& { return rows[i]->launches; });
}

// Of /energy and /idle_energy.
template <class Table, class Rows>
void energy_columns(Table& table, Rows& rows) {
  table.column(
      {"raw_begin", "", "the source's own count at the begin"}, [&](std::int64_t i) -> auto& {
        return rows[i]->raw_begin;
      });
  table.column(
      {"raw_end", "", "the source's own count at the end"}, [&](std::int64_t i) -> auto& {
        return rows[i]->raw_end;
      });
  table.column(
      {"gross_j", "J", "energy of the channel between the edges"}, [&](std::int64_t i) -> auto& {
        return rows[i]->gross;
      });
  table.column(
      {"u_edge_j", "J", "standard uncertainty (k = 1) from the edges"},
      [&](std::int64_t i) -> auto& { return rows[i]->u_edge; });
  table.column(
      {"peak_w", "W", "highest power that the sensor saw between the edges"},
      [&](std::int64_t i) -> auto& { return rows[i]->peak; });
  table.column(
      {"peak_bandwidth_hz", "Hz", "half the rate of the readings behind peak_w"},
      [&](std::int64_t i) -> auto& { return rows[i]->peak_bandwidth; });
}

// Of /beside.
template <class Table, class Rows>
void state_columns(Table& table, Rows& rows) {
  table.column(
      {"begin", "", "at the begin of the window, in the unit of the row"},
      [&](std::int64_t i) -> auto& { return rows[i]->begin; });
  table.column(
      {"end", "", "at the end"}, [&](std::int64_t i) -> auto& { return rows[i]->end; });
  table.column(
      {"min", "", "lowest of all readings"}, [&](std::int64_t i) -> auto& { return rows[i]->min; });
  table.column(
      {"max", "", "highest of all readings"}, [&](std::int64_t i) -> auto& {
        return rows[i]->max;
      });
  table.column(
      {"mean", "", "mean over time"}, [&](std::int64_t i) -> auto& { return rows[i]->mean; });
  table.column(
      {"flags", "", "every bit that a channel of flags showed; its note says what they are"},
      [&](std::int64_t i) -> auto& { return rows[i]->flags; });
}

// Of /cross_checks.
template <class Table, class Rows>
void check_columns(Table& table, Rows& rows) {
  table.column(
      {"ratio", "", "energy of the other, or of the parts, over that of the channel"},
      [&](std::int64_t i) -> auto& { return rows[i]->ratio; });
  table.column(
      {"disagrees", "", "by more than 3 % beyond what the edges explain"},
      [&](std::int64_t i) -> auto& { return rows[i]->disagrees; });
}

// Of /node_windows.
template <class Table, class Rows>
void node_columns(Table& table, Rows& rows) {
  table.column(
      {"node", "", "numbered in the order of their first ranks"}, [&](std::int64_t i) -> auto& {
        return rows[i]->node;
      });
  table.column(
      {"host", "", "its name"}, [&](std::int64_t i) -> auto& { return rows[i]->host; });
  table.column(
      {"ranks", "", "processes on it"}, [&](std::int64_t i) -> auto& { return rows[i]->ranks; });
  table.column(
      {"begin_ns", "ns", "of its meter's own stretch, on the clock of /windows"},
      [&](std::int64_t i) -> auto& { return rows[i]->begin_ns; });
  table.column(
      {"end_ns", "ns", "of its meter's own stretch"}, [&](std::int64_t i) -> auto& {
        return rows[i]->end_ns;
      });
  table.column(
      {"gross_j", "J", "over its own stretch, as its meter says"}, [&](std::int64_t i) -> auto& {
        return rows[i]->gross;
      });
  table.column(
      {"cut_j", "J", "of gross_j, what lies beyond the window that all nodes have in common"},
      [&](std::int64_t i) -> auto& { return rows[i]->cut; });
  table.column(
      {"launches", "", "of its ranks, within the window"}, [&](std::int64_t i) -> auto& {
        return rows[i]->launches;
      });
  table.column(
      {"clock_offset_ns", "ns", "its steady clock less that of the run"},
      [&](std::int64_t i) -> auto& { return rows[i]->clock_offset_ns; });
  table.column(
      {"clock_bound_ns", "ns", "to which that is known, either way"}, [&](std::int64_t i) -> auto& {
        return rows[i]->clock_bound_ns;
      });
  table.column(
      {"barrier_wait_s", "s", "longest that a rank of it waited for the others to begin"},
      [&](std::int64_t i) -> auto& { return rows[i]->barrier_wait; });
}

}  // namespace ergon::hdf5
