#include "harness/meter/external_import.h"

#include <fmt/format.h>

#include <cmath>

#include "kernels/error.h"

namespace ergon {
namespace {

constexpr double kCountsPerJoule = 1e6;

// The trace on the run's clock.
struct Placed {
  const TraceEnergy& energy;
  std::int64_t offset_ns;  // run = trace + this
  Seconds u_offset;
  std::int64_t first_ns;  // run's clock, of the trace's first sample
};

// The counter that a channel of the trace would have shown: its energy since the first sample.
ChannelEnergy energy_of(const Placed& placed, int channel, std::int64_t begin_ns,
                        std::int64_t end_ns) {
  const auto until = [&](std::int64_t time_ns) {
    return placed.energy.between(placed.first_ns - placed.offset_ns, time_ns - placed.offset_ns);
  };
  ChannelEnergy energy{.channel = channel};
  energy.gross = placed.energy.between(begin_ns - placed.offset_ns, end_ns - placed.offset_ns);
  if (!std::isfinite(energy.gross.value)) return energy;
  // A gap before the window leaves the counter unknown and the window's own energy known.
  const auto counts = [](Joules j) {
    return std::isfinite(j.value) ? std::llround(j.value * kCountsPerJoule) : 0;
  };
  energy.raw_begin = static_cast<std::uint64_t>(counts(until(begin_ns)));
  energy.raw_end = static_cast<std::uint64_t>(counts(until(end_ns)));
  const Seconds time{static_cast<double>(end_ns - begin_ns) * 1e-9};
  // Each edge lies anywhere within a sampling interval; the clocks' offset shifts both alike.
  const double edge_s =
      std::hypot(placed.energy.interval().value / std::sqrt(6.0), placed.u_offset.value);
  energy.u_edge = energy.gross / time * Seconds{edge_s};
  return energy;
}

std::int64_t placing_offset(const RunInfo& run, const Trace& trace, const Alignment* alignment) {
  if (alignment != nullptr) return alignment->offset_ns;
  if (trace.base == TimeBase::epoch) return run.anchor_steady_ns - run.anchor_utc_ns;
  throw Error(
      fmt::format("{}: its times count from an unknown moment; align it by a load chirp, or "
                  "log Unix time",
                  trace.name));
}

Channel channel_of(const Trace& trace, Seconds interval, double gain_relative) {
  Channel channel;
  channel.name = "external/" + std::filesystem::path(trace.name).filename().string();
  channel.domain = "external";
  channel.source = Source::imported;
  channel.scale = 1 / kCountsPerJoule;
  channel.update_period = interval;
  channel.resolution = channel.scale;
  channel.gain_relative = gain_relative;
  channel.gain_group = channel.name;
  channel.note = "integrated from an external meter's trace";
  return channel;
}

void import_record(Record& record, const Placed& placed, int channel) {
  bool covered = false;
  for (Window& window : record.windows) {
    window.energy.push_back(energy_of(placed, channel, window.begin_ns, window.end_ns));
    covered = covered || std::isfinite(window.energy.back().gross.value);
  }
  if (covered && record.energy_status == EnergyStatus::unmeasured) {
    record.energy_status = EnergyStatus::imported;
    record.reason.clear();
  }
}

bool covers_any(const Results& results, int run, const Placed& placed) {
  for (const Record& record : results.records) {
    if (record.run != run) continue;
    for (const Window& window : record.windows) {
      const Joules gross = placed.energy.between(window.begin_ns - placed.offset_ns,
                                                 window.end_ns - placed.offset_ns);
      if (std::isfinite(gross.value)) return true;
    }
  }
  return false;
}

}  // namespace

void import_trace(Results& results, int run, const Trace& trace, const Alignment* alignment,
                  double gain_relative) {
  ERGON_ASSERT(run >= 0 && run < static_cast<int>(results.runs.size()));
  RunInfo& info = results.runs[static_cast<std::size_t>(run)];
  const TraceEnergy energy(trace);
  const std::int64_t offset_ns = placing_offset(info, trace, alignment);
  const Placed placed{energy, offset_ns, alignment != nullptr ? alignment->u_offset : Seconds{0},
                      trace.time_ns.front() + offset_ns};
  const int channel = static_cast<int>(info.channels.size());
  if (!covers_any(results, run, placed)) {
    throw Error(
        fmt::format("{}: covers no window of run {}; it lasts from {:.1f} s to {:.1f} s of "
                    "the run's clock: check the offset of the clocks",
                    trace.name, info.id, static_cast<double>(placed.first_ns) * 1e-9,
                    static_cast<double>(trace.time_ns.back() + offset_ns) * 1e-9));
  }
  for (Record& record : results.records) {
    if (record.run == run) import_record(record, placed, channel);
  }
  for (IdleStretch& idle : results.idle) {
    if (idle.run == run) {
      idle.energy.push_back(energy_of(placed, channel, idle.begin_ns, idle.end_ns));
    }
  }
  info.channels.push_back(channel_of(trace, energy.interval(), gain_relative));
  if (info.primary_channel < 0) info.primary_channel = channel;
}

}  // namespace ergon
