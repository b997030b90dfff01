#include "harness/run/host_watch.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "harness/clock.h"
#include "kernels/cpu/openmp.h"
#include "kernels/cpu/team.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

int thread_id() { return static_cast<int>(::syscall(SYS_gettid)); }

fs::path frequency_file(const fs::path& root, int cpu) {
  return root / "sys/devices/system/cpu" / ("cpu" + std::to_string(cpu)) /
         "cpufreq/scaling_cur_freq";
}

}  // namespace

HostWatch::HostWatch(EventKernel& kernel, const fs::path& root)
    : root_(root), counters_(kernel, root), steal_(root / "proc"), tasks_(root / "proc") {
  // Not the team yet: its threads are to be started after the counters, which are there now.
  follow({thread_id()}, {process_cpus().front()});
}

BesideInfo HostWatch::about() const {
  BesideInfo info{.counters_reason = counters_.counters_reason(),
                  .frequency_source = counters_.frequency_source(),
                  .frequency_reason = counters_.frequency_reason(),
                  .scheduling_reason = tasks_.reason()};
  if (!info.frequency_source.empty()) return info;
  if (std::isfinite(momentary_frequency().value)) {
    info.frequency_source = "cpufreq";
    info.frequency_reason += "; cpufreq tells that of the moment at which a window ends";
  } else {
    info.frequency_reason += "; /sys/devices/system/cpu/cpu*/cpufreq is not there";
  }
  return info;
}

// That of a thread that sleeps while a GPU works says nothing.
bool HostWatch::knows_mean_frequency() const {
  return !of_gpu_ && !counters_.frequency_source().empty();
}

void HostWatch::follow_team(int threads) {
  of_gpu_ = threads == 0;
  const int members = std::max(threads, 1);
  std::vector<int> ids(static_cast<std::size_t>(members)), cpus(ids.size());
  if (threads == 0) {
    ids[0] = thread_id();
    cpus[0] = sched_getcpu();
  } else {
    parallel(members, [&](int thread) {
      ids[static_cast<std::size_t>(thread)] = thread_id();
      cpus[static_cast<std::size_t>(thread)] = sched_getcpu();
    });
  }
  // A library's, on the same CPUs, where one has been bound; asleep they add nothing.
  const std::span<const int> library = openmp_threads();
  if (!library.empty()) ids.insert(ids.end(), library.begin() + 1, library.end());
  follow(ids, cpus);
}

void HostWatch::follow(const std::vector<int>& threads, const std::vector<int>& cpus) {
  tasks_.follow(threads);
  steal_.follow(cpus);
  frequencies_.clear();
  for (const int cpu : cpus) frequencies_.emplace_back(frequency_file(root_, cpu));
  static_cast<void>(take());
}

Observation HostWatch::take() {
  Observation seen;
  const std::int64_t now_ns = steady_clock().now_ns();
  const ThreadCounts counts = counters_.take();
  const Steal steal = steal_.take();
  const TaskCounts tasks = tasks_.take();
  seen.activity = {.elapsed = {static_cast<double>(now_ns - taken_ns_) * 1e-9},
                   .cycles = counts.cycles,
                   .instructions = counts.instructions,
                   .cache_misses = counts.cache_misses,
                   .counted_share = counts.counted_share,
                   .frequency = knows_mean_frequency() ? counts.frequency : momentary_frequency(),
                   .steal_share = steal.share,
                   .preemptions = tasks.preemptions,
                   .migrations = tasks.migrations};
  // What happens to the thread that launches does not change what a GPU with a full queue draws.
  if (steal.too_much && !of_gpu_) seen.faults |= kStealTime;
  if (tasks.migrations > 0 && !of_gpu_) seen.faults |= kMigration;
  taken_ns_ = now_ns;
  return seen;
}

// The mean over the team's CPUs; NaN where cpufreq does not tell that of each.
Hertz HostWatch::momentary_frequency() const noexcept {
  double sum_khz = 0;
  for (const SysfsFile& file : frequencies_) {
    std::uint64_t khz = 0;
    if (file.read(khz) != 0 || khz == 0) return {kNotKnown};
    sum_khz += static_cast<double>(khz);
  }
  return Hertz{sum_khz * 1e3 / static_cast<double>(frequencies_.size())};
}

}  // namespace ergon
