#include "harness/run/run_sweep.h"

#include <algorithm>
#include <memory>
#include <optional>

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

// Of points on such devices.
int threads_most(const Plan& plan, DeviceKind kind) {
  int threads = 1;
  for (const Point& point : plan.points) {
    if (point.kernel->device == kind) threads = std::max(threads, point.threads);
  }
  return threads;
}

struct Part {
  const Sweep& sweep;
  const RunOptions& options;
  const InterruptGuard& interrupt;
  Ledger& ledger;

  [[nodiscard]] PartSetup setup_on(const Device& device) const {
    return {.conditions = sweep,
            .sentinels = ledger.sentinels(device),
            .threads_most = threads_most(ledger.plan(), device.kind()),
            .root = options.root,
            .command_line = options.command_line,
            .unmetered = options.within.unmetered,
            .facts_name = "campaign",
            .facts = options.within.facts};
  }
  // Points of a GPU come too where there is none, to be refused with the reason.
  void on_cpu(const std::string& no_gpu) const;
  void on_gpu(Device& gpu) const;
};

void Part::on_cpu(const std::string& no_gpu) const {
  const std::unique_ptr<Device> device = open_cpu();
  PartSetup setup = setup_on(*device);
  setup.no_gpu = no_gpu;
  if (options.ranks.comm != nullptr) {
    OwnDesk desk(ledger, options.within, interrupt);
    if (options.ranks.loaded) {
      measure_loaded(setup, *device, *options.ranks.comm, ledger, desk);
    } else {
      measure_on_ranks(setup, *device, options.ranks, ledger, desk);
    }
    return;
  }
  OwnDesk desk(ledger, options.within, interrupt,
               no_gpu.empty() ? std::optional(DeviceKind::cpu) : std::nullopt);
  ledger.add(run_part(setup, *device, desk));
}

void Part::on_gpu(Device& gpu) const {
  OwnDesk desk(ledger, options.within, interrupt, DeviceKind::cuda);
  if (!desk.ends()) ledger.add(run_part(setup_on(gpu), gpu, desk));
}

// Points on CPU and GPU are two runs: each has a device and a primary channel of its own.
void measure(const Part& part) {
  const RunOptions& options = part.options;
  std::string no_gpu;
  std::unique_ptr<Device> gpu;
  if (options.ranks.comm != nullptr) {
    no_gpu = "ranks measure on CPUs only; run it without --mpi";
  } else if (part.ledger.anything_left(DeviceKind::cuda)) {
    gpu = options.open_device ? options.open_device(DeviceKind::cuda, no_gpu)
                              : open_device(DeviceKind::cuda, no_gpu);
  }
  const bool on_cpu = part.ledger.anything_left(DeviceKind::cpu);
  if (on_cpu || gpu == nullptr) part.on_cpu(gpu == nullptr ? no_gpu : "");
  if (gpu != nullptr) part.on_gpu(*gpu);
}

}  // namespace

RunSummary run_sweep(const Sweep& sweep, const RunOptions& options,
                     const std::function<void(const Progress&)>& progress) {
  expect_new(options);
  const InterruptGuard interrupt;
  Ledger ledger(sweep, options, progress);
  if (ledger.anything_left() || options.ranks.comm != nullptr) {
    measure({sweep, options, interrupt, ledger});
  }
  return ledger.finish();
}

}  // namespace ergon
