#include "harness/run/perf_counters.h"

#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <sys/mman.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <map>

#include "tests/harness/meter/made_tree.h"

namespace ergon {
namespace {

constexpr std::uint32_t kMsrType = 9;

// A kernel that hands out real descriptors, and counts what the test says.
class FakeKernel final : public EventKernel {
 public:
  using Key = std::pair<std::uint32_t, std::uint64_t>;  // type, config
  int open(perf_event_attr& attributes) override {
    asked.push_back(attributes);
    const auto found = errors.find({attributes.type, attributes.config});
    const int error = found == errors.end() ? everywhere : found->second;
    if (error == EACCES && attributes.exclude_kernel == 1 && user_mode_allowed) {
      return descriptor_of(attributes);
    }
    return error != 0 ? -error : descriptor_of(attributes);
  }
  int read(int descriptor, EventCount& count) noexcept override {
    if (read_error != 0) return read_error;
    count = counts[keys[descriptor]];
    return 0;
  }

  std::vector<perf_event_attr> asked;
  std::map<Key, int> errors;
  int everywhere = 0, read_error = 0;
  bool user_mode_allowed = false;
  std::map<Key, EventCount> counts;

 private:
  int descriptor_of(const perf_event_attr& attributes) {
    const int descriptor = ::memfd_create("event", 0);
    keys[descriptor] = {attributes.type, attributes.config};
    return descriptor;
  }
  std::map<int, Key> keys;
};

const FakeKernel::Key kCycles{PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES};
const FakeKernel::Key kInstructions{PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS};
const FakeKernel::Key kMisses{PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES};
const FakeKernel::Key kAperf{kMsrType, 1}, kMperf{kMsrType, 2}, kTsc{kMsrType, 0};

void write_intel(const MadeTree& tree, const char* flags = "fpu msr") {
  tree.write_cpu("GenuineIntel", 6, 0x8f, flags);
}

void write_msr_pmu(const MadeTree& tree) {
  const std::string pmu = "sys/bus/event_source/devices/msr/";
  tree.write(pmu + "type", "9\n");
  tree.write(pmu + "events/tsc", "event=0x00\n");
  tree.write(pmu + "events/aperf", "event=0x01\n");
  tree.write(pmu + "events/mperf", "event=0x02\n");
}

}  // namespace

TEST(PerfCounters, CountsFromTheCallBefore) {
  MadeTree tree;
  write_intel(tree);
  FakeKernel kernel;
  kernel.counts[kCycles] = {700, 50, 50};  // before it was there
  PerfCounters counters(kernel, tree.root());
  kernel.counts[kCycles] = {3'000'000'700, 1'000'000'050, 1'000'000'050};
  kernel.counts[kInstructions] = {6'000'000'000, 1'000'000'000, 1'000'000'000};
  kernel.counts[kMisses] = {42, 1'000'000'000, 1'000'000'000};
  const ThreadCounts counts = counters.take();
  EXPECT_EQ(counts.cycles, 3e9);
  EXPECT_EQ(counts.instructions, 6e9);
  EXPECT_EQ(counts.cache_misses, 42);
  EXPECT_EQ(counts.counted_share, 1);
  EXPECT_DOUBLE_EQ(counts.frequency.value, 3e9);
  EXPECT_EQ(counters.counters_reason(), "");
  EXPECT_EQ(counters.frequency_source(), "cycles");
  EXPECT_EQ(counters.frequency_reason(), "the kernel's msr PMU does not count aperf");
}

TEST(PerfCounters, ScalesUpWhatThePmuCountedInTurn) {
  MadeTree tree;
  write_intel(tree);
  FakeKernel kernel;
  PerfCounters counters(kernel, tree.root());
  kernel.counts[kCycles] = {1000, 1'000'000'000, 250'000'000};
  kernel.counts[kInstructions] = {1000, 1'000'000'000, 500'000'000};
  kernel.counts[kMisses] = {7, 1'000'000'000, 0};  // never had a register
  const ThreadCounts counts = counters.take();
  EXPECT_EQ(counts.cycles, 4000);
  EXPECT_EQ(counts.instructions, 2000);
  EXPECT_TRUE(std::isnan(counts.cache_misses));
  EXPECT_EQ(counts.counted_share, 0);
  EXPECT_DOUBLE_EQ(counts.frequency.value, 4000);  // in Hz: 1000 in a quarter of a second
}

TEST(PerfCounters, AsksForThreadsToComeAndNoGroup) {
  MadeTree tree;
  write_intel(tree);
  FakeKernel kernel;
  const PerfCounters counters(kernel, tree.root());
  ASSERT_EQ(kernel.asked.size(), 3u);
  for (const perf_event_attr& attributes : kernel.asked) {
    EXPECT_EQ(attributes.inherit, 1u);
    EXPECT_EQ(attributes.exclude_kernel, 0u);
    EXPECT_EQ(attributes.read_format,
              std::uint64_t{PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING});
  }
}

TEST(PerfCounters, TakesTheFrequencyFromAperfAndMperf) {
  MadeTree tree;
  write_intel(tree);
  write_msr_pmu(tree);
  FakeKernel kernel;
  PerfCounters counters(kernel, tree.root());
  // 0.5 s of CPU time: the TSC runs at 2.1 GHz, the core at 3.15.
  kernel.counts[kTsc] = {1'050'000'000, 500'000'000, 500'000'000};
  kernel.counts[kMperf] = {1'050'000'000, 500'000'000, 500'000'000};
  kernel.counts[kAperf] = {1'575'000'000, 500'000'000, 500'000'000};
  EXPECT_EQ(counters.frequency_source(), "aperf/mperf");
  EXPECT_EQ(counters.frequency_reason(), "");
  EXPECT_DOUBLE_EQ(counters.take().frequency.value, 3.15e9);
}

TEST(PerfCounters, CountsTheLastLevelAndNotL2OnAmd) {
  MadeTree tree;
  tree.write_cpu("AuthenticAMD", 25, 1, "fpu msr");
  FakeKernel kernel;
  kernel.errors[{PERF_TYPE_HW_CACHE, 0x10002}] = ENOENT;
  PerfCounters counters(kernel, tree.root());
  EXPECT_EQ(counters.counters_reason(), "no last-level-cache misses: No such file or directory");
  kernel.counts[kCycles] = {1, 1, 1};
  const ThreadCounts counts = counters.take();
  EXPECT_EQ(counts.cycles, 1);
  EXPECT_TRUE(std::isnan(counts.cache_misses));
}

TEST(PerfCounters, CountsUserModeWhereThatIsAllThatIsAllowed) {
  MadeTree tree;
  write_intel(tree);
  FakeKernel kernel;
  kernel.everywhere = EACCES;
  kernel.user_mode_allowed = true;
  PerfCounters counters(kernel, tree.root());
  EXPECT_NE(counters.counters_reason().find("counts are of user mode alone"), std::string::npos);
  kernel.counts[kCycles] = {5, 1, 1};
  EXPECT_EQ(counters.take().cycles, 5);
  EXPECT_EQ(counters.frequency_source(), "cycles");
}

TEST(PerfCounters, TellsHowToGetPermission) {
  MadeTree tree;
  write_intel(tree);
  tree.write("proc/sys/kernel/perf_event_paranoid", "3\n");
  FakeKernel kernel;
  kernel.everywhere = EACCES;
  PerfCounters counters(kernel, tree.root());
  EXPECT_EQ(counters.counters_reason(),
            "perf_event_open: Permission denied; kernel.perf_event_paranoid is 3; sudo sysctl "
            "kernel.perf_event_paranoid=1, or, for ergon alone: sudo setcap cap_perfmon+ep "
            "$(command -v ergon); in a container also --cap-add PERFMON");
  const ThreadCounts counts = counters.take();
  EXPECT_TRUE(std::isnan(counts.cycles) && std::isnan(counts.instructions));
  EXPECT_TRUE(std::isnan(counts.counted_share) && std::isnan(counts.frequency.value));
  EXPECT_EQ(counters.frequency_source(), "");
}

TEST(PerfCounters, TellsAVirtualMachineFromAMissingDriver) {
  MadeTree tree;
  FakeKernel kernel;
  kernel.everywhere = ENOENT;
  write_intel(tree, "fpu msr hypervisor");
  EXPECT_EQ(PerfCounters(kernel, tree.root()).counters_reason(),
            "perf_event_open: No such file or directory: no PMU in this virtual machine; its host "
            "must pass one on");
  write_intel(tree);
  EXPECT_EQ(PerfCounters(kernel, tree.root()).counters_reason(),
            "perf_event_open: No such file or directory: this kernel has no driver for the PMU of "
            "this CPU");
}

TEST(PerfCounters, CountsNothingTwiceWhereAReadFailed) {
  MadeTree tree;
  write_intel(tree);
  FakeKernel kernel;
  PerfCounters counters(kernel, tree.root());
  kernel.read_error = EIO;
  kernel.counts[kCycles] = {100, 10, 10};
  EXPECT_TRUE(std::isnan(counters.take().cycles));
  kernel.read_error = 0;
  kernel.counts[kCycles] = {300, 20, 20};
  EXPECT_TRUE(std::isnan(counters.take().cycles));  // of two windows
  kernel.counts[kCycles] = {350, 30, 30};
  EXPECT_EQ(counters.take().cycles, 50);
}

// On the kernel that the tests run on: a PMU counts, or there is a reason.
TEST(PerfCounters, CountOnThisMachineOrSayWhyNot) {
  PerfCounters counters(event_kernel(), "/");
  volatile double sum = 0;
  for (int i = 0; i < 100'000; ++i) sum = sum + i;
  const ThreadCounts counts = counters.take();
  if (std::isnan(counts.cycles)) {
    EXPECT_NE(counters.counters_reason(), "");
  } else {
    EXPECT_GT(counts.instructions, 100'000);
  }
  EXPECT_EQ(counters.frequency_source().empty(), std::isnan(counts.frequency.value));
}

}  // namespace ergon
