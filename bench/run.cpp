#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/command.h"
#include "bench/duration.h"
#include "harness/clock.h"
#include "harness/comm/comm.h"
#include "harness/run/run_sweep.h"
#include "harness/run/share_cpus.h"
#include "kernels/error.h"

namespace ergon {
namespace {

struct Options {
  std::string sweep, output, shard = "0/1", mpi;
  bool resume = false, accept_stale = false, quiet = false, share = false;
};

std::string energy_text(const Progress& progress) {
  if (progress.energy_status == EnergyStatus::unmeasured) return "no meter";
  return fmt::format("{:.4g} J {}", progress.energy.value, status_name(progress.energy_status));
}

// One line on a terminal, written over and over; else a plain line every ten seconds.
class Display {
 public:
  explicit Display(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

  void show(const Progress& progress) {
    last_ = progress;
    note(*progress.last);
    const std::int64_t now_ns = steady_clock().now_ns();
    const bool due = now_ns - shown_ns_ >= (terminal_ ? 100'000'000 : 10'000'000'000);
    if (quiet_ || (!due && progress.done < progress.total)) return;
    shown_ns_ = now_ns;
    const double rate = static_cast<double>(progress.fresh) / progress.elapsed.value;
    const std::string line =
        fmt::format("{}/{} points, {:.3g}/s, {} left, {}", progress.done, progress.total, rate,
                    duration_text(progress.left), energy_text(progress));
    std::fputs((terminal_ ? "\r\033[K" + line : line + "\n").c_str(), stderr);
    std::fflush(stderr);
  }

  void finish() const {
    if (terminal_ && !quiet_ && shown_ns_ != 0) std::fputc('\n', stderr);
  }

  [[nodiscard]] const Progress& last() const { return last_; }
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }

 private:
  void note(const Record& record) {
    if (record.run_status != RunStatus::failed) return;
    failures_.push_back(point_key(record.point) + ": " + record.reason);
  }

  bool quiet_, terminal_;
  std::int64_t shown_ns_ = 0;
  Progress last_;
  std::vector<std::string> failures_;
};

void print_energy(const Progress& last, const std::vector<std::string>& meters_closed) {
  if (last.fresh == 0) return;
  if (last.energy_status == EnergyStatus::unmeasured) {
    fmt::print("energy: unmeasured, since there is no meter; times were taken all the same\n");
  } else {
    fmt::print("energy: {} over all windows\n", energy_text(last));
  }
  if (last.energy_status == EnergyStatus::estimated) {
    fmt::print("        these joules are estimates of a power model, not measurements\n");
  }
  for (const std::string& reason : meters_closed) fmt::print("meter not used: {}\n", reason);
}

// What reading the meters cost: a line for the thread, and one for each meter.
void print_sampling(const RunSummary& summary) {
  const SamplingCost& cost = summary.sampling;
  if (std::isnan(cost.cpu.value)) return;
  fmt::print("sampling: {:.4f} % of a core\n", 100 * cost.cpu.value / cost.elapsed.value);
  std::string last;
  for (std::size_t i = 0; i < cost.channels.size(); ++i) {
    const std::string& name = summary.channels[i].name;
    const std::string meter = name.substr(0, name.find('/'));
    if (meter == last || cost.channels[i].reads == 0) continue;
    last = meter;
    fmt::print("          {}: {} readings of {:.0f} ns\n", meter, cost.channels[i].reads,
               1e9 * cost.channels[i].time.value / static_cast<double>(cost.channels[i].reads));
  }
}

void print_disagreements(const RunSummary& summary) {
  for (const Disagreement& found : summary.disagreements) {
    if (found.disagreeing == 0) continue;
    const auto name = [&](int channel) -> const std::string& {
      return summary.channels[static_cast<std::size_t>(channel)].name;
    };
    const std::string what =
        found.other < 0
            ? fmt::format("the parts of {} count more than it does", name(found.channel))
            : fmt::format("{} and {} disagree", name(found.channel), name(found.other));
    fmt::print("warning: {} in {} of {} windows, a ratio of {:.3f} at worst; see /cross_checks\n",
               what, found.disagreeing, found.windows, found.ratio_worst);
  }
}

void print_beside(const BesideInfo& beside) {
  if (!beside.counters_reason.empty()) fmt::print("counters: {}\n", beside.counters_reason);
  if (beside.frequency_source.empty() && !beside.frequency_reason.empty()) {
    fmt::print("frequency not known: {}\n", beside.frequency_reason);
  }
}

std::string percent_text(const Interval& drift) {
  if (!std::isfinite(drift.value)) return "unknown";
  if (!std::isfinite(drift.half_width)) return fmt::format("{:+.2f} %", 100 * drift.value);
  return fmt::format("{:+.2f} +- {:.2f} %", 100 * drift.value, 100 * drift.half_width);
}

// What the run saw of the machine while it measured.
void print_drift(const RunSummary& summary) {
  const BlockTally& blocks = summary.blocks;
  if (blocks.again > 0) {
    fmt::print("idle power changed over {} of {} blocks, which were measured again", blocks.again,
               blocks.blocks - blocks.again);
    if (blocks.rejected > 0)
      fmt::print("; over {} it changed again: no net energy", blocks.rejected);
    fmt::print("\n");
  }
  for (const SentinelDrift& drift : summary.drifts) {
    fmt::print("drift over {} visits in {}: energy {}, time {}: {}\n", drift.visits,
               duration_text(drift.span), percent_text(drift.energy), percent_text(drift.time),
               drift.point_key);
  }
  if (summary.restless > 0) {
    fmt::print("not settled when measured: {} (column settle_restless says what changed)\n",
               summary.restless);
  }
  if (summary.stopped_wide > 0) {
    fmt::print("noise settled above the interval asked for: {} (column stop: out_of_reach)\n",
               summary.stopped_wide);
  }
}

void print_summary(const RunSummary& summary, const Display& display, const std::string& output) {
  fmt::print("{}: {} points: {} ok, {} refused, {} failed", output, summary.points, summary.ok,
             summary.refused, summary.failed);
  if (summary.resumed > 0) fmt::print(", {} measured before", summary.resumed);
  if (summary.stale > 0) fmt::print(", {} kept from other sources or protocol", summary.stale);
  fmt::print("\n");
  print_energy(display.last(), summary.meters_closed);
  print_disagreements(summary);
  print_sampling(summary);
  print_beside(summary.beside);
  print_drift(summary);
  constexpr std::size_t kShown = 10;
  const std::vector<std::string>& failures = display.failures();
  for (std::size_t i = 0; i < failures.size() && i < kShown; ++i) {
    fmt::print("failed: {}\n", failures[i]);
  }
  if (failures.size() > kShown) fmt::print("and {} more failed\n", failures.size() - kShown);
  if (summary.interrupted) {
    fmt::print("interrupted; what is measured is kept: give --resume to go on\n");
  }
}

std::string command_line(const Options& options) {
  std::string line = "ergon run " + options.sweep + " -o " + options.output;
  if (options.resume) line += " --resume";
  if (options.accept_stale) line += " --accept-stale";
  if (!options.mpi.empty()) line += " --mpi " + options.mpi;
  if (options.share) line += " --share";
  return line + " --shard " + options.shard;
}

int measure(Options& options, Comm* comm) {
  const Sweep sweep = read_sweep(options.sweep);
  if (options.output.empty()) {
    std::filesystem::create_directories("results");
    options.output = "results/" + sweep.name + ".h5";
  }
  Display display(options.quiet);
  const RunSummary summary = run_sweep(
      sweep,
      {.output = options.output,
       .resume = options.resume,
       .accept_stale = options.accept_stale,
       .shard = shard_named(options.shard),
       .root = "/",
       .command_line = command_line(options),
       .ranks = {.comm = comm, .loaded = options.mpi == "loaded", .share = options.share}},
      [&](const Progress& now) { display.show(now); });
  display.finish();
  print_summary(summary, display, options.output);
  return summary.failed > 0 || summary.interrupted ? 1 : 0;
}

// What one rank cannot go on after, none can: the others would wait for it.
int execute(Options& options) {
  if (options.mpi.empty()) {
    if (options.share) throw Error("run: --share is of ranks; give --mpi independent with it");
    return measure(options, nullptr);
  }
  const bool loaded = options.mpi == "loaded";
  if (options.share && loaded) {
    throw Error("run: --share is of --mpi independent; loaded ranks run at once in any case");
  }
  const std::unique_ptr<Comm> comm = start_comm();
  try {
    if (loaded) share_cpus(*comm);
    if (comm->rank() == 0) return measure(options, comm.get());
    serve_sweep(*comm, "/", loaded);
    return 0;
  } catch (const std::exception& error) {
    comm->abort(error.what());
    return 2;  // not reached
  }
}

void add(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<Options>();
  app.add_option("sweep", options->sweep, "the sweep, a YAML file")->required();
  app.add_option("-o,--output", options->output, "result file (default: results/<sweep name>.h5)");
  app.add_flag("--resume", options->resume, "go on with what an earlier run left");
  app.add_flag("--accept-stale", options->accept_stale,
               "with --resume: keep points that were measured with other kernel sources or another "
               "protocol");
  app.add_option("--shard", options->shard, "measure part i of n of the points: i/n, from 0/n");
  app.add_option("--mpi", options->mpi,
                 "as one rank of those that mpirun or srun started; independent: each measures "
                 "points of its own; loaded: all run the same point at once")
      ->check(CLI::IsMember({"independent", "loaded"}));
  app.add_flag("--share", options->share,
               "with --mpi independent: ranks of one node measure at once, without its meters, "
               "instead of in turn");
  app.add_flag("-q,--quiet", options->quiet, "no progress, only the summary");
  app.callback([options, &exit_code] { exit_code = execute(*options); });
}

}  // namespace

namespace command {

extern const Command run{
    .name = "run",
    .description = "measure the points of a sweep",
    .examples =
        "  ergon run configs/quickstart.yaml\n"
        "  ergon run configs/quickstart.yaml -o results/a.h5 --resume\n"
        "  ergon run configs/quickstart.yaml -o results/a.0.h5 --shard 0/4\n"
        "  srun --mpi=pmix ergon run configs/quickstart.yaml -o results/a.h5 --mpi independent\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
