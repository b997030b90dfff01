#include "harness/run/host_watch.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cmath>

#include "kernels/cpu/team.h"
#include "tests/harness/meter/made_tree.h"

namespace ergon {
namespace {

// A virtual machine's: it has no PMU.
class NoPmu final : public EventKernel {
 public:
  int open(perf_event_attr& /*attributes*/) override { return -ENOENT; }
  int read(int /*descriptor*/, EventCount& /*count*/) noexcept override { return EBADF; }
};

std::string frequency_file() {
  return "sys/devices/system/cpu/cpu" + std::to_string(process_cpus().front()) +
         "/cpufreq/scaling_cur_freq";
}

}  // namespace

TEST(HostWatch, FallsBackToTheFrequencyOfTheMoment) {
  MadeTree tree;
  NoPmu kernel;
  tree.write(frequency_file(), "2600000\n");
  HostWatch watch(kernel, tree.root());
  watch.follow_team(1);
  EXPECT_EQ(watch.about().frequency_source, "cpufreq");
  EXPECT_NE(watch.about().frequency_reason.find("of the moment"), std::string::npos);
  EXPECT_FALSE(watch.knows_mean_frequency());
  EXPECT_EQ(watch.take().activity.frequency.value, 2.6e9);
}

TEST(HostWatch, SaysWhyNothingIsKnown) {
  MadeTree tree;
  tree.write_cpu("GenuineIntel", 6, 0x8f, "fpu hypervisor");
  NoPmu kernel;
  HostWatch watch(kernel, tree.root());
  watch.follow_team(1);
  const BesideInfo info = watch.about();
  EXPECT_NE(info.counters_reason.find("no PMU in this virtual machine"), std::string::npos);
  EXPECT_EQ(info.frequency_source, "");
  EXPECT_NE(info.frequency_reason.find("cpufreq is not there"), std::string::npos);
  EXPECT_NE(info.scheduling_reason, "");
  const Observation seen = watch.take();
  EXPECT_EQ(seen.faults, 0u);
  EXPECT_TRUE(std::isnan(seen.activity.cycles) && std::isnan(seen.activity.frequency.value));
  EXPECT_TRUE(std::isnan(seen.activity.steal_share) && std::isnan(seen.activity.migrations));
  EXPECT_GE(seen.activity.elapsed.value, 0);
}

TEST(HostWatch, FaultsStolenTime) {
  MadeTree tree;
  NoPmu kernel;
  const std::string cpu = "cpu" + std::to_string(process_cpus().front());
  tree.write("proc/stat", "cpu  0\n" + cpu + " 100 0 0 0 0 0 0 0 0 0\n");
  HostWatch watch(kernel, tree.root());
  watch.follow_team(1);
  tree.write("proc/stat", "cpu  0\n" + cpu + " 180 0 0 0 0 0 0 20 0 0\n");
  const Observation seen = watch.take();
  EXPECT_EQ(seen.faults, std::uint32_t{kStealTime});
  EXPECT_DOUBLE_EQ(seen.activity.steal_share, 0.2);
}

// The real kernel's files, of a team of two.
TEST(HostWatch, FollowsTheThreadsOfATeam) {
  HostWatch watch;
  watch.follow_team(2);
  const Activity activity = watch.take().activity;
  EXPECT_GE(activity.preemptions, 0);
  const bool told = watch.about().scheduling_reason.empty();
  EXPECT_EQ(told, std::isfinite(activity.migrations));
}

// The thread that launches on a GPU sleeps: where it does, and who takes its CPU, spoils nothing.
TEST(HostWatch, BlamesNothingOnTheThreadThatLaunchesOnAGpu) {
  MadeTree tree;
  NoPmu kernel;
  const std::string cpu = "cpu" + std::to_string(process_cpus().front());
  HostWatch watch(kernel, tree.root());
  for (const int threads : {1, 0}) {
    tree.write("proc/stat", cpu + " 0 0 0 1000 0 0 0 0 0 0\n");
    watch.follow_team(threads);
    tree.write("proc/stat", cpu + " 0 0 0 1100 0 0 0 100 0 0\n");
    EXPECT_EQ(watch.take().faults, threads == 0 ? 0u : kStealTime);
  }
}

}  // namespace ergon
