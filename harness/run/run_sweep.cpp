#include "harness/run/run_sweep.h"

#include "harness/record/journal.h"
#include "harness/run/interrupt.h"
#include "harness/run/ledger.h"
#include "harness/run/loaded_run.h"
#include "harness/run/own_desk.h"
#include "harness/run/part_run.h"
#include "harness/run/rank_hub.h"
#include "kernels/error.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

void expect_new(const RunOptions& options) {
  for (const fs::path& file : {options.output, journal_path(options.output)}) {
    if (options.resume || !fs::exists(file)) continue;
    throw Error("run: " + file.string() +
                " exists; expected a new file; give --resume to go on with it, or another output");
  }
}

int threads_most(const Plan& plan) {
  int threads = 0;
  for (const Point& point : plan.points) threads = std::max(threads, point.threads);
  return threads;
}

void measure(const Sweep& sweep, const RunOptions& options, const InterruptGuard& interrupt,
             Ledger& ledger) {
  const std::unique_ptr<Device> device = open_cpu();
  const PartSetup setup{.conditions = sweep,
                        .sentinels = ledger.sentinels(device->threads_max()),
                        .threads_most = threads_most(ledger.plan()),
                        .root = options.root,
                        .command_line = options.command_line,
                        .unmetered = options.within.unmetered,
                        .facts_name = "campaign",
                        .facts = options.within.facts};
  OwnDesk desk(ledger, options.within, interrupt);
  if (options.ranks.comm == nullptr) {
    ledger.add(run_part(setup, *device, desk));
  } else if (options.ranks.loaded) {
    measure_loaded(setup, *device, *options.ranks.comm, ledger, desk);
  } else {
    measure_on_ranks(setup, *device, options.ranks, ledger, desk);
  }
}

}  // namespace

RunSummary run_sweep(const Sweep& sweep, const RunOptions& options,
                     const std::function<void(const Progress&)>& progress) {
  expect_new(options);
  const InterruptGuard interrupt;
  Ledger ledger(sweep, options, progress);
  if (ledger.anything_left() || options.ranks.comm != nullptr) {
    measure(sweep, options, interrupt, ledger);
  }
  return ledger.finish();
}

}  // namespace ergon
