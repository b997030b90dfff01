#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <string>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "bench/command.h"
#include "harness/meter/calibration.h"
#include "harness/meter/calibration_windows.h"
#include "harness/meter/external_chirp.h"
#include "harness/record/results.h"
#include "kernels/error.h"

namespace ergon {
namespace {

constexpr std::int64_t kLateNs = 20'000'000;  // less than any wall meter can tell

struct Options {
  std::string results, trace, column, channel, boundary = "wider";
  bool make_chirp = false;
  std::optional<double> chirp_utc_s;
  double accuracy = 0, length_min_s = 1;
};

// Loads this machine in the pattern of a chirp and says when.
void chirp_now() {
  const auto utc = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t to_utc_ns = std::chrono::nanoseconds(utc).count() - steady_clock().now_ns();
  const auto pulses = make_chirp(steady_clock(), load_cpus);
  const auto wanted = chirp(pulses[0].begin_ns);
  for (std::size_t i = 0; i < pulses.size(); ++i) {
    const Pulse& pulse = pulses[i];
    if (std::max(pulse.begin_ns - wanted[i].begin_ns, pulse.end_ns - wanted[i].end_ns) > kLateNs) {
      throw Error("calibrate: this machine was too busy to keep the chirp's time; try again");
    }
    fmt::print("load from {:.6f} to {:.6f}\n",
               static_cast<double>(pulse.begin_ns + to_utc_ns) * 1e-9,
               static_cast<double>(pulse.end_ns + to_utc_ns) * 1e-9);
  }
  fmt::print("for the fit: --chirp {:.6f}\n",
             static_cast<double>(pulses[0].begin_ns + to_utc_ns) * 1e-9);
}

std::int64_t clock_offset(const Trace& trace, const Options& options) {
  if (options.chirp_utc_s) {
    const auto pulses = chirp(std::llround(*options.chirp_utc_s * 1e9));
    const Alignment alignment = align_trace(trace, pulses);
    fmt::print(
        "clocks: the trace's is {:.4f} s behind UTC, +- {:.4f} s (correlation {:.3f}, next "
        "{:.3f})\n",
        static_cast<double>(alignment.offset_ns) * 1e-9, alignment.u_offset.value,
        alignment.quality, alignment.quality_next);
    return alignment.offset_ns;
  }
  if (trace.base == TimeBase::epoch) return 0;
  throw Error(
      fmt::format("{}: its times count from an unknown moment; run `ergon calibrate "
                  "--make-chirp` while the meter logs, and give --chirp",
                  trace.name));
}

int channel_index(const RunInfo& run, const Options& options) {
  if (options.channel.empty() && run.primary_channel >= 0) return run.primary_channel;
  std::string names;
  for (std::size_t i = 0; i < run.channels.size(); ++i) {
    const Channel& channel = run.channels[i];
    if (channel.name == options.channel) return static_cast<int>(i);
    if (channel.source == Source::measured) names += " " + channel.name;
  }
  throw Error(fmt::format("{}: no channel '{}' was metered; measured channels:{}", options.results,
                          options.channel, names.empty() ? " none" : names));
}

std::string on_top_of(const Channel& channel) {
  if (channel.gain == 1) return "";
  return fmt::format(", on top of {:.4f} that the run was calibrated with", channel.gain);
}

void calibrate(const Options& options) {
  const Results results = read_results(options.results);
  if (results.runs.size() != 1) {
    throw Error(
        fmt::format("{}: {} runs; give a file of one", options.results, results.runs.size()));
  }
  const int index = channel_index(results.runs[0], options);
  const Channel& channel = results.runs[0].channels[static_cast<std::size_t>(index)];
  if (channel.source != Source::measured || channel.gain_group.empty()) {
    throw Error(fmt::format("{}: {} is {}: only a measured channel has a gain to find",
                            options.results, channel.name, source_name(channel.source)));
  }
  const Trace trace = read_trace(options.trace, options.column);
  const auto windows = calibration_windows(results, 0, index, trace, clock_offset(trace, options),
                                           Seconds{options.length_min_s});
  Gain gain = fit_gain(windows, options.boundary == "same" ? Boundary::same : Boundary::wider);
  gain.u_external = options.accuracy;
  gain.date = fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::chrono::system_clock::now()));
  gain.source =
      fmt::format("{} over {} ({})", trace.name, options.results, results.runs[0].sweep_name);
  Calibrations calibrations = read_calibrations(calibrations_path());
  keep_gain(calibrations, channel, gain);
  write_calibrations(calibrations_path(), calibrations);
  fmt::print(
      "{} ({}): gain {:.4f} +- {:.4f} (k = 1: {:.4f} from {} windows, {:.4f} from the "
      "external meter){}, {:.1f} W beside\nkept in {}; runs from now on use it\n",
      channel.name, channel.gain_group, gain.gain, gain.u_gain(), gain.u_statistical, gain.windows,
      gain.gain * gain.u_external, on_top_of(channel), gain.rest.value,
      calibrations_path().string());
}

void add(CLI::App& app, int&) {
  const auto options = std::make_shared<Options>();
  app.add_option("results", options->results, "result file of the sweep that was the load");
  app.add_option("trace", options->trace, "what the external meter logged: CSV or HDF5");
  app.add_option("--column", options->column, "value column of the trace, where it has several");
  app.add_option("--channel", options->channel, "channel to calibrate (default: the primary)");
  app.add_option("--boundary", options->boundary,
                 "what the external meter counts: the channel's domain (same) or more (wider)")
      ->check(CLI::IsMember({"same", "wider"}));
  app.add_option("--accuracy", options->accuracy,
                 "relative standard uncertainty of the external meter, as its maker states it")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--length-min", options->length_min_s, "shortest window to use, in seconds")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--chirp", options->chirp_utc_s,
                 "Unix time of the chirp's first pulse, as --make-chirp printed it");
  app.add_flag("--make-chirp", options->make_chirp,
               "load this machine for 2 s, 1 s and 3 s now, so that the clocks can be aligned");
  app.callback([options] {
    if (options->make_chirp) return chirp_now();
    if (options->trace.empty()) {
      throw Error("calibrate: give a result file and the external meter's trace of it");
    }
    calibrate(*options);
  });
}

}  // namespace

namespace command {

extern const Command calibrate{
    .name = "calibrate",
    .description = "find a channel's gain from an external meter's trace over a sweep",
    .examples =
        "  ergon calibrate --make-chirp\n"
        "  ergon calibrate results/load.h5 wall.csv --chirp 1714564800.25\n"
        "  ergon calibrate results/load.h5 wall.csv --boundary wider --accuracy 0.001\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
