#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "harness/meter/sysfs.h"
#include "harness/record/results.h"
#include "harness/run/perf_counters.h"
#include "harness/run/steal_watch.h"
#include "harness/run/task_watch.h"
#include "harness/run/watch.h"

namespace ergon {

// Watches this process's threads and their CPUs: counters of the PMU, the CPUs' frequency, time
// that a hypervisor took, preemptions and migrations. kStealTime where the hypervisor took more
// than 1 %, kMigration where a thread moved. To be made before the first team of threads, and used
// from the thread that makes it.
class HostWatch final : public Watch {
 public:
  explicit HostWatch(EventKernel& kernel = event_kernel(), const std::filesystem::path& root = "/");

  // How the numbers are had on this machine, and why those that are NaN are not.
  [[nodiscard]] BesideInfo about() const;

  // Forms the team, to know its threads.
  void follow_team(int threads) override;
  [[nodiscard]] Observation take() override;
  [[nodiscard]] bool knows_mean_frequency() const override;

 private:
  void follow(const std::vector<int>& threads, const std::vector<int>& cpus);
  [[nodiscard]] Hertz momentary_frequency() const noexcept;

  std::filesystem::path root_;
  PerfCounters counters_;
  StealWatch steal_;
  TaskWatch tasks_;
  std::vector<SysfsFile> frequencies_;  // scaling_cur_freq of the team's CPUs, in kHz
  std::int64_t taken_ns_ = 0;
  bool of_gpu_ = false;
};

}  // namespace ergon
