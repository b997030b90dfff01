#include "harness/meter/perf.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "harness/record/record.h"
#include "tests/harness/meter/made_tree.h"

namespace ergon {
namespace {

constexpr char kPmu[] = "sys/bus/event_source/devices/power/";
constexpr char kScale[] = "2.3283064365386962890625e-10";

// Stands in for perf_event_open and read: the events are simulated, their descriptors are those of
// /dev/null. An event's count is what the test sets for its code and CPU.
class FakeKernel final : public PerfKernel {
 public:
  int open(perf_event_attr& attributes, int cpu) override {
    asked.push_back(attributes);
    if (refusal != 0) return -refusal;
    const int descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    events[descriptor] = {attributes.config, cpu};
    return descriptor;
  }
  int read(int descriptor, std::uint64_t& count) noexcept override {
    count = counts[events[descriptor]];
    return error;
  }

  using Event = std::pair<std::uint64_t, int>;  // code, CPU
  std::map<int, Event> events;
  std::map<Event, std::uint64_t> counts;
  std::vector<perf_event_attr> asked;
  int refusal = 0, error = 0;
};

void write_event(const MadeTree& tree, const std::string& name, const std::string& code) {
  const std::string file = std::string(kPmu) + "events/" + name;
  tree.write(file, "event=" + code);  // the kernel ends these without a line's end
  tree.write(file + ".unit", "Joules");
  tree.write(file + ".scale", kScale);
}

// Two sockets of two CPUs; every event that Linux knows.
void write_server(const MadeTree& tree) {
  tree.write_cpu("GenuineIntel", 6, 0x8F, "fpu");
  for (int cpu = 0; cpu < 4; ++cpu) tree.place_cpu(cpu, cpu / 2, 0);
  tree.write(std::string(kPmu) + "type", 23);
  tree.write(std::string(kPmu) + "cpumask", "0,2\n");
  write_event(tree, "energy-cores", "0x01");
  write_event(tree, "energy-pkg", "0x02");
  write_event(tree, "energy-ram", "0x03");
  write_event(tree, "energy-gpu", "0x04");
  write_event(tree, "energy-psys", "0x05");
  tree.write("proc/sys/kernel/perf_event_paranoid", "4\n");
}

std::unique_ptr<Meter> open(const MadeTree& tree, FakeKernel& kernel, std::string& why_not,
                            Clock& clock = steady_clock()) {
  return open_perf({tree.root(), {}, &clock}, kernel, why_not);
}

std::string reason(const MadeTree& tree, int refusal) {
  FakeKernel kernel;
  kernel.refusal = refusal;
  std::string why_not;
  EXPECT_EQ(open(tree, kernel, why_not), nullptr);
  return why_not;
}

}  // namespace

TEST(Perf, ReadsEveryEventOnEachPackageAndThePlatformOnce) {
  MadeTree tree;
  write_server(tree);
  FakeKernel kernel;
  std::string why_not;
  const auto meter = open(tree, kernel, why_not);
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_EQ(channel_names(*meter),
            "perf/package-0 perf/package-1 perf/package-0/core perf/package-1/core "
            "perf/package-0/uncore perf/package-1/uncore perf/package-0/dram perf/package-1/dram "
            "perf/psys");
  kernel.counts[{2, 2}] = 1000;
  kernel.counts[{3, 0}] = 2000;
  const auto readings = read_all(*meter);
  EXPECT_EQ(readings[1].raw, 1000u);
  EXPECT_EQ(readings[6].raw, 2000u);
}

TEST(Perf, KnowsWhatContainsWhat) {
  MadeTree tree;
  write_server(tree);
  FakeKernel kernel;
  std::string why_not;
  const auto meter = open(tree, kernel, why_not);
  EXPECT_EQ(channel_of(*meter, "perf/psys").within, "");
  EXPECT_EQ(channel_of(*meter, "perf/package-1").within, "perf/psys");
  EXPECT_EQ(channel_of(*meter, "perf/package-1/core").within, "perf/package-1");
  EXPECT_EQ(channel_of(*meter, "perf/package-1/uncore").within, "perf/package-1");
  EXPECT_EQ(channel_of(*meter, "perf/package-1/dram").within, "perf/psys");
}

TEST(Perf, TakesTheScaleFromTheFile) {
  MadeTree tree;
  write_server(tree);
  FakeKernel kernel;
  std::string why_not;
  const auto meter = open(tree, kernel, why_not);
  EXPECT_DOUBLE_EQ(meter->channels()[0].scale, 0x1p-32);
  EXPECT_EQ(meter->channels()[0].wrap, 0u);
  EXPECT_DOUBLE_EQ(meter->channels()[0].resolution, 0x1p-14);
  EXPECT_DOUBLE_EQ(channel_of(*meter, "perf/psys").resolution, 1.0);
}

// The PMU refuses sampling and exclude bits with EINVAL.
TEST(Perf, AsksWithTypeAndConfigAlone) {
  MadeTree tree;
  write_server(tree);
  FakeKernel kernel;
  std::string why_not;
  const auto meter = open(tree, kernel, why_not);
  perf_event_attr expected{};
  expected.size = sizeof expected;
  expected.type = 23;
  expected.config = 2;
  EXPECT_EQ(std::memcmp(&kernel.asked[0], &expected, sizeof expected), 0);
}

TEST(Perf, LeavesThePmuOfSingleCoresAlone) {
  MadeTree tree;
  tree.write_cpu("AuthenticAMD", 25, 1, "fpu");
  for (int cpu = 0; cpu < 4; ++cpu) tree.place_cpu(cpu, 0, cpu);
  tree.write(std::string(kPmu) + "type", 23);
  tree.write(std::string(kPmu) + "cpumask", "0\n");
  write_event(tree, "energy-pkg", "0x02");
  tree.write("sys/bus/event_source/devices/power_core/type", 24);
  tree.write("sys/bus/event_source/devices/power_core/cpumask", "0-3\n");
  tree.write("sys/bus/event_source/devices/power_core/events/energy-core", "event=0x01");
  FakeKernel kernel;
  std::string why_not;
  const auto meter = open(tree, kernel, why_not);
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_EQ(channel_names(*meter), "perf/package-0");
}

TEST(Perf, SkipsAnEventInAnotherUnit) {
  MadeTree tree;
  write_server(tree);
  tree.write(std::string(kPmu) + "events/energy-ram.unit", "Watts");
  tree.write(std::string(kPmu) + "events/energy-gpu.scale", "garbage");
  tree.write(std::string(kPmu) + "events/energy-cores", "event=0x01,umask=0x2");
  tree.remove(std::string(kPmu) + "events/energy-psys");
  FakeKernel kernel;
  std::string why_not;
  const auto meter = open(tree, kernel, why_not);
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_EQ(channel_names(*meter), "perf/package-0 perf/package-1");
}

// 2^31 counts of 2^-14 J or more between two reads of the kernel come out 2^32 too small: the count
// steps back by 2^32 shifted by 18 bits, less what was really used.
TEST(Perf, NeverTakesAStepBackwardsForEnergy) {
  MadeTree tree;
  write_server(tree);
  for (std::uint64_t used : {0x8000'0000u, 0xA000'0000u, 0xFFFF'FFFFu}) {
    FakeKernel kernel;
    std::string why_not;
    const auto meter = open(tree, kernel, why_not);
    EnergyTally tally(*meter, "perf/package-0");
    std::uint64_t& count = kernel.counts[{2, 0}];
    count = std::uint64_t{1} << 51;
    EXPECT_EQ(tally.read(), 0u);
    count += (used - 0x1'0000'0000) << 18;  // as rapl_event_update computes it
    EXPECT_EQ(tally.read(), kBackwardCounter) << used;
    EXPECT_EQ(tally.joules(), 0);
    count += std::uint64_t{100} << 32;
    EXPECT_EQ(tally.read(), 0u);
    EXPECT_DOUBLE_EQ(tally.joules(), 100);
  }
}

// After such a step more energy may follow before anyone looks, and hide it.
TEST(Perf, DoesNotTrustACountThatNobodyReadFor30Seconds) {
  MadeTree tree;
  write_server(tree);
  FakeKernel kernel;
  std::string why_not;
  VirtualClock clock;
  const auto meter = open(tree, kernel, why_not, clock);
  EnergyTally tally(*meter, "perf/package-0");
  clock.advance(3'600'000'000'000);  // before the first reading nothing can be wrong
  EXPECT_EQ(tally.read(), 0u);
  clock.advance(30'000'000'000);
  EXPECT_EQ(tally.read(), 0u);
  clock.advance(30'000'000'001);
  EXPECT_EQ(tally.read(), kReadFailed);
  EXPECT_EQ(tally.last().error, EOVERFLOW);
  EXPECT_EQ(tally.read(), 0u);
}

TEST(Perf, IsExactAtEveryPhaseOfTheRegistersWrap) {
  MadeTree tree;
  write_server(tree);
  FakeKernel kernel;
  std::string why_not;
  const auto meter = open(tree, kernel, why_not);
  std::uint64_t& count = kernel.counts[{2, 0}];
  constexpr std::uint64_t kStep = 0x7000'0001;
  for (std::uint64_t phase = 0; phase < 0x1'0000'0000; phase += 429'497) {  // 10,000 phases
    EnergyTally tally(*meter, "perf/package-0");
    std::uint32_t old_register = static_cast<std::uint32_t>(phase);
    ASSERT_EQ(tally.read(), 0u);
    for (int i = 0; i < 3; ++i) {
      const auto now = static_cast<std::uint32_t>(old_register + kStep);
      const auto delta = static_cast<std::int32_t>(now - old_register);  // rapl_event_update
      count += static_cast<std::uint64_t>(delta) << 18;
      old_register = now;
      ASSERT_EQ(tally.read(), 0u) << phase;
    }
    ASSERT_DOUBLE_EQ(tally.joules(), 3 * kStep * 0x1p-14) << phase;
  }
}

TEST(Perf, FailsAReadingThatTheKernelFails) {
  MadeTree tree;
  write_server(tree);
  FakeKernel kernel;
  std::string why_not;
  const auto meter = open(tree, kernel, why_not);
  kernel.error = ENODEV;
  for (const Reading& reading : read_all(*meter)) EXPECT_EQ(reading.error, ENODEV);
}

TEST(Perf, TellsHowToGetPermission) {
  MadeTree tree;
  write_server(tree);
  EXPECT_EQ(reason(tree, EACCES),
            "perf: perf_event_open on the power PMU: Permission denied; kernel.perf_event_paranoid "
            "is 4 and must be 0 or less: sudo sysctl kernel.perf_event_paranoid=0, or, for ergon "
            "alone: sudo setcap cap_perfmon+ep $(command -v ergon)");
}

TEST(Perf, BlamesTheContainerWhereTheKernelWouldAllowIt) {
  MadeTree tree;
  write_server(tree);
  tree.write("proc/sys/kernel/perf_event_paranoid", "-1\n");
  EXPECT_EQ(reason(tree, EPERM),
            "perf: perf_event_open on the power PMU: Operation not permitted; perf_event_paranoid "
            "allows it, so a container forbids the call: run it with --cap-add PERFMON and a "
            "seccomp profile that allows perf_event_open, or: sudo setcap cap_perfmon+ep $(command "
            "-v ergon)");
}

TEST(Perf, SendsCpusThatTheDriverDoesNotCountToTheOtherMeters) {
  MadeTree tree;
  write_server(tree);
  EXPECT_EQ(reason(tree, ENOENT),
            "perf: perf_event_open on the power PMU: No such file or directory; this kernel's "
            "driver does not count this CPU model: use powercap or msr");
  EXPECT_EQ(reason(tree, EINVAL),
            "perf: perf_event_open on the power PMU: Invalid argument; this kernel's driver does "
            "not count this CPU model: use powercap or msr");
}

TEST(Perf, TellsWhereThePmuIsMissing) {
  MadeTree tree;
  tree.write_cpu("GenuineIntel", 6, 0x8F, "fpu");
  EXPECT_EQ(reason(tree, 0),
            "perf: /sys/bus/event_source/devices/power is not there; load the driver: sudo "
            "modprobe rapl");
  tree.write_cpu("GenuineIntel", 6, 0x8F, "fpu hypervisor");
  EXPECT_EQ(reason(tree, 0),
            "perf: /sys/bus/event_source/devices/power is not there; this is a virtual machine, "
            "whose host keeps the counters: measure on the host");
}

TEST(Perf, TellsThatTheCpumaskNamesNoPackage) {
  MadeTree tree;
  write_server(tree);
  tree.write(std::string(kPmu) + "cpumask", "77\n");
  EXPECT_EQ(reason(tree, 0),
            "perf: /sys/bus/event_source/devices/power/cpumask names no CPU of a known package; "
            "use powercap or msr");
}

// The system's own calls, on the one PMU that every kernel has: nanoseconds of CPU 0 in place of
// energy. Nothing is simulated here.
TEST(Perf, OpensAndReadsARealEvent) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_CPU_CLOCK;
  const int descriptor = perf_kernel().open(attributes, 0);
  if (descriptor < 0) GTEST_SKIP() << "perf_event_open: " << std::strerror(-descriptor);
  std::uint64_t first = 0, second = 0;
  EXPECT_EQ(perf_kernel().read(descriptor, first), 0);
  EXPECT_EQ(perf_kernel().read(descriptor, second), 0);
  EXPECT_GT(second, first);
  ::close(descriptor);
  EXPECT_EQ(perf_kernel().read(descriptor, second), EBADF);
}

}  // namespace ergon
