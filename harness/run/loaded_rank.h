#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/config/sweep.h"
#include "harness/record/results.h"
#include "harness/run/cross_check.h"
#include "harness/run/host_watch.h"
#include "harness/run/kernel_load.h"
#include "harness/run/logged_load.h"
#include "harness/run/open_meters.h"
#include "harness/run/part_run.h"
#include "harness/run/running_load.h"
#include "harness/run/window_timing.h"

namespace ergon {

// What a rank does where all run the same point at once, step by step as rank 0 says. The leader of
// a node measures its energy; the others only run the load. Times are of this node's steady clock.
class LoadedRank {
 public:
  // Opens the meters where this rank leads its node. Borrows the device.
  LoadedRank(const PartSetup& setup, Device& device, bool leads);

  // What this rank knows of its node; without meters where it does not lead it.
  [[nodiscard]] const RunInfo& run() const { return run_; }
  [[nodiscard]] bool leads() const { return leads_; }
  [[nodiscard]] SamplingCost cost() { return sampler_->cost(); }
  [[nodiscard]] const Sampler& sampler() const { return *sampler_; }
  [[nodiscard]] bool knows_mean_frequency() const { return watch_.knows_mean_frequency(); }

  [[nodiscard]] std::vector<IdleStretch> idle();

  // Binds the point and checks it. Its run status is ok where it can be run.
  [[nodiscard]] Record prepare(const Point& point);
  // Waits for `start_ns` and adds the times per launch to what prepare() gave; how long it waited.
  Seconds time(std::int64_t start_ns, Record& record);
  // Waits for `start_ns` and loads the machine from then on. Settles where it leads its node.
  [[nodiscard]] Settling begin_load(std::int64_t start_ns, std::int64_t deadline_ns,
                                    Seconds per_launch);
  // Goes on for a millisecond, or a launch.
  void keep_running();
  // What count() sees of the threads begins here.
  void mark();
  // The next window of the node, from `from_ns` on and about so long.
  [[nodiscard]] Window measure_window(std::int64_t from_ns, Seconds length, Seconds length_min);
  // Launches of this rank between two times, and what was seen of its threads since mark(). The
  // first lies within the load, behind what was counted before; the load goes on until the second
  // has passed.
  [[nodiscard]] Window count(std::int64_t begin_ns, std::int64_t end_ns);
  // Ends the load, whatever state it is in.
  void drop();

 private:
  Device& device_;
  bool leads_;
  OpenMeters open_;
  std::unique_ptr<Sampler> sampler_;
  HostWatch watch_;  // behind the sampler's thread, which it is not to count
  RunInfo run_;
  CrossChecks checks_;
  Protocol protocol_;
  Random random_;
  // Of the point at hand.
  std::unique_ptr<KernelLoad> kernel_;
  std::unique_ptr<LoggedLoad> logged_;
  std::unique_ptr<Rig> rig_;
  std::unique_ptr<RunningLoad> running_;
  Seconds per_launch_;
  std::vector<Window> windows_;
  double hidden_share_ = 0;
  std::int64_t ready_ns_ = 0;
};

}  // namespace ergon
