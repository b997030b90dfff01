#include <gtest/gtest.h>

#include <cerrno>
#include <cstdio>
#include <random>

#include "harness/record/record.h"
#include "tests/harness/meter/made_tree.h"

namespace ergon {
namespace {

constexpr std::uint64_t kUnits14 = 0xA0E03;   // 2^-14 J, 2^-3 W, 2^-10 s
constexpr std::uint64_t kAmdUnits = 0xA1003;  // 2^-16 J

struct Registers {
  std::uint64_t package = 0, core = 0, uncore = 0, dram = 0, platform = 0;
};

void write_intel(const MadeTree& tree, int cpu, std::uint64_t units, const Registers& registers) {
  const std::string file = "dev/cpu/" + std::to_string(cpu) + "/msr";
  tree.write_register(file, 0x606, units);
  tree.write_register(file, 0x611, registers.package);
  tree.write_register(file, 0x619, registers.dram);
  tree.write_register(file, 0x639, registers.core);
  tree.write_register(file, 0x641, registers.uncore);
  tree.write_register(file, 0x64D, registers.platform);
}

// Two sockets of four CPUs each.
void place_sockets(const MadeTree& tree) {
  for (int cpu = 0; cpu < 8; ++cpu) tree.place_cpu(cpu, cpu / 4, 0);
}

MadeTree& one_socket(MadeTree& tree, int model) {
  tree.write_cpu("GenuineIntel", 6, model, "fpu msr");
  tree.place_cpu(0, 0, 0);
  return tree;
}

// On a file a register is eight bytes at its number, so AMD's three overlap, which those of a real
// device do not: the unit's bits 8 to 12 are the second byte and outlive the package's write.
void write_amd(const MadeTree& tree, int cpu, std::uint64_t package) {
  const std::string file = "dev/cpu/" + std::to_string(cpu) + "/msr";
  tree.write_register(file, 0xC0010299, kAmdUnits);
  tree.write_register(file, 0xC001029B, package);
}

std::string reason(const MadeTree& tree) {
  std::string why_not;
  VirtualClock clock;
  EXPECT_EQ(tree.open("msr", why_not, &clock), nullptr);
  return why_not;
}

}  // namespace

TEST(Msr, ReadsBothSocketsWithTheirDramBeside) {
  MadeTree tree;
  tree.write_cpu("GenuineIntel", 6, 0x55, "fpu msr");  // Cascade Lake
  place_sockets(tree);
  write_intel(tree, 0, kUnits14, {.package = 100, .core = 50, .dram = 30});
  write_intel(tree, 4, kUnits14, {.package = 200, .core = 60, .dram = 40});
  VirtualClock clock;
  const auto meter = tree.open("msr", &clock);
  EXPECT_EQ(channel_names(*meter),
            "msr/package-0 msr/package-1 msr/package-0/core msr/package-1/core "
            "msr/package-0/dram msr/package-1/dram");
  EXPECT_EQ(channel_of(*meter, "msr/package-1").within, "");
  EXPECT_EQ(channel_of(*meter, "msr/package-1/core").within, "msr/package-1");
  EXPECT_EQ(channel_of(*meter, "msr/package-1/dram").within, "");
  EXPECT_EQ(channel_of(*meter, "msr/package-1").wrap, 4294967296u);
  const auto readings = read_all(*meter);
  EXPECT_EQ(readings[1].raw, 200u);
  EXPECT_EQ(readings[5].raw, 40u);
}

// 15.3 uJ by the datasheet and powercap, 2^-16 J = 15.2588 uJ by perf, which we follow.
TEST(Msr, TakesTheFixedUnitOfServerDramAsTwoToTheMinus16) {
  MadeTree tree;
  write_intel(one_socket(tree, 0x3F), 0, kUnits14, {.package = 1, .dram = 1});
  VirtualClock clock;
  const auto meter = tree.open("msr", &clock);
  EXPECT_DOUBLE_EQ(channel_of(*meter, "msr/package-0").scale, 6.103515625e-05);
  EXPECT_DOUBLE_EQ(channel_of(*meter, "msr/package-0/dram").scale, 1.52587890625e-05);
}

TEST(Msr, TakesDramOfSapphireRapidsInTheUnitOfTheRest) {
  MadeTree tree;
  write_intel(one_socket(tree, 0x8F), 0, kUnits14, {.package = 1, .dram = 1, .platform = 7});
  VirtualClock clock;
  const auto meter = tree.open("msr", &clock);
  EXPECT_DOUBLE_EQ(channel_of(*meter, "msr/package-0/dram").scale, 6.103515625e-05);
  EXPECT_DOUBLE_EQ(channel_of(*meter, "msr/psys").scale, 1.0);
}

TEST(Msr, CountsThePlatformOnceAndAllElseWithinIt) {
  MadeTree tree;
  tree.write_cpu("GenuineIntel", 6, 0x8F, "fpu msr");
  place_sockets(tree);
  write_intel(tree, 0, kUnits14, {.package = 1, .dram = 1, .platform = 5});
  write_intel(tree, 4, kUnits14, {.package = 1, .dram = 1, .platform = 5});
  VirtualClock clock;
  const auto meter = tree.open("msr", &clock);
  EXPECT_EQ(channel_names(*meter),
            "msr/package-0 msr/package-1 msr/package-0/dram msr/package-1/dram msr/psys");
  EXPECT_EQ(channel_of(*meter, "msr/package-1").within, "msr/psys");
  EXPECT_EQ(channel_of(*meter, "msr/package-1/dram").within, "msr/psys");
}

TEST(Msr, TakesThePlatformFromTheSocketThatCountsIt) {
  MadeTree tree;
  tree.write_cpu("GenuineIntel", 6, 0x8F, "fpu msr");
  place_sockets(tree);
  write_intel(tree, 0, kUnits14, {.package = 1, .dram = 1, .platform = 0});
  write_intel(tree, 4, kUnits14, {.package = 1, .dram = 1, .platform = 5});
  VirtualClock clock;
  const auto meter = tree.open("msr", &clock);
  EXPECT_EQ(read_all(*meter)[index_of(*meter, "msr/psys")].raw, 5u);
}

TEST(Msr, LeavesOutARegisterThatStandsAtZero) {
  MadeTree tree;
  write_intel(one_socket(tree, 0x5E), 0, kUnits14, {.package = 9, .core = 3});
  VirtualClock clock;
  EXPECT_EQ(channel_names(*tree.open("msr", &clock)), "msr/package-0 msr/package-0/core");
}

TEST(Msr, ReadsSilvermontsUnitInMicrojoules) {
  MadeTree tree;
  write_intel(one_socket(tree, 0x37), 0, 0x505, {.package = 1, .core = 1});
  VirtualClock clock;
  const auto meter = tree.open("msr", &clock);
  EXPECT_DOUBLE_EQ(channel_of(*meter, "msr/package-0").scale, 32e-6);
}

TEST(Msr, ReadsAmdPackagesAndNeverTheRegisterOfOneCore) {
  MadeTree tree;
  tree.write_cpu("AuthenticAMD", 25, 1, "fpu msr");
  for (int cpu = 0; cpu < 8; ++cpu) tree.place_cpu(cpu, cpu / 4, cpu / 2);  // dies do not count
  write_amd(tree, 0, 77);
  write_amd(tree, 4, 88);
  VirtualClock clock;
  const auto meter = tree.open("msr", &clock);
  EXPECT_EQ(channel_names(*meter), "msr/package-0 msr/package-1");
  EXPECT_DOUBLE_EQ(meter->channels()[0].scale, 1.52587890625e-05);
  EXPECT_NE(meter->channels()[0].note.find("AMD models"), std::string::npos);
}

TEST(Msr, CountsRightWhereAmdsRegisterHas64Bits) {
  MadeTree tree;
  tree.write_cpu("AuthenticAMD", 26, 2, "fpu msr");
  tree.place_cpu(0, 0, 0);
  write_amd(tree, 0, 0x5'FFFF'FFF0);
  VirtualClock clock;
  const auto meter = tree.open("msr", &clock);
  EnergyTally tally(*meter, "msr/package-0");
  EXPECT_EQ(tally.read(), 0u);
  write_amd(tree, 0, 0x6'0000'0010);
  EXPECT_EQ(tally.read(), 0u);
  EXPECT_DOUBLE_EQ(tally.joules(), 32 * 0x1p-16);
}

TEST(Msr, NamesTheDiesOfAPackageThatHasSeveral) {
  MadeTree tree;
  tree.write_cpu("GenuineIntel", 6, 0x55, "fpu msr");
  for (int cpu = 0; cpu < 4; ++cpu) tree.place_cpu(cpu, 0, cpu / 2);
  write_intel(tree, 0, kUnits14, {.package = 1});
  write_intel(tree, 2, kUnits14, {.package = 1});
  VirtualClock clock;
  EXPECT_EQ(channel_names(*tree.open("msr", &clock)), "msr/package-0-die-0 msr/package-0-die-1");
}

TEST(Msr, IsExactAtEveryPhaseOfTheWrap) {
  MadeTree tree;
  write_intel(one_socket(tree, 0x55), 0, kUnits14, {.package = 1});
  VirtualClock clock;
  const auto meter = tree.open("msr", &clock);
  constexpr std::uint64_t kStep = 1'000'000'007;  // under half the range
  std::mt19937_64 random(3);
  for (int i = 0; i < 10'000; ++i) {
    std::uint64_t total = random() % 4294967296;
    EnergyTally tally(*meter, "msr/package-0");
    for (int step = 0; step < 3; ++step, total += kStep) {
      tree.write_register("dev/cpu/0/msr", 0x611, total % 4294967296);
      ASSERT_EQ(tally.read(), 0u) << "phase " << i << " of seed 3";
    }
    ASSERT_DOUBLE_EQ(tally.joules(), 2 * kStep * 0x1p-14) << "phase " << i << " of seed 3";
  }
}

TEST(Msr, NeverTakesAResetForEnergy) {
  MadeTree tree;
  write_intel(one_socket(tree, 0x55), 0, kUnits14, {.package = 1});
  VirtualClock clock;
  const auto meter = tree.open("msr", &clock);
  // At 1 s from reading to reading a package may have drawn 1010 J, that is, 16.5e6 counts: from
  // closer to the end of the range than that a reset cannot be told from a wrap.
  constexpr std::uint64_t kTold = 4'294'967'296 - 17'000'000;
  for (std::uint64_t phase = 100; phase < kTold; phase += kTold / 10'000) {
    EnergyTally tally(*meter, "msr/package-0", 1);
    tree.write_register("dev/cpu/0/msr", 0x611, phase);
    ASSERT_EQ(tally.read(), 0u);
    tree.write_register("dev/cpu/0/msr", 0x611, 50);
    ASSERT_EQ(tally.read(), kBackwardCounter) << phase;
    tree.write_register("dev/cpu/0/msr", 0x611, 50 + 16'384);
    ASSERT_EQ(tally.read(), 0u);
    ASSERT_DOUBLE_EQ(tally.joules(), 1) << phase;
  }
}

TEST(Msr, TellsThatEnergyIsFiltered) {
  MadeTree tree;
  write_intel(one_socket(tree, 0x55), 0, kUnits14, {.package = 1});
  tree.write_register("dev/cpu/0/msr", 0xBC, 1);
  VirtualClock clock;
  EXPECT_EQ(tree.open("msr", &clock)->channels()[0].note,
            "energy is filtered against attacks (MSR 0xBC bit 0): use windows of seconds");
}

TEST(Msr, FailsAReadingThatIsCutShort) {
  MadeTree tree;
  write_intel(one_socket(tree, 0x55), 0, kUnits14, {.package = 1});
  VirtualClock clock;
  const auto meter = tree.open("msr", &clock);
  EnergyTally tally(*meter, "msr/package-0");
  EXPECT_EQ(tally.read(), 0u);
  std::filesystem::resize_file(tree.root() / "dev/cpu/0/msr", 0x613);
  EXPECT_EQ(tally.read(), kReadFailed);
  EXPECT_EQ(tally.last().error, EIO);
  EXPECT_EQ(tally.joules(), 0);
}

TEST(Msr, LeavesOutARegisterThatDoesNotAnswer) {
  MadeTree tree;
  one_socket(tree, 0x55);
  tree.write_register("dev/cpu/0/msr", 0x606, kUnits14);
  tree.write_register("dev/cpu/0/msr", 0x611, 5);  // the file ends here
  VirtualClock clock;
  EXPECT_EQ(channel_names(*tree.open("msr", &clock)), "msr/package-0");
}

TEST(Msr, PrefersMsrSafeWhichUsersMayRead) {
  MadeTree tree;
  one_socket(tree, 0x55);
  write_intel(tree, 0, kUnits14, {.package = 1});
  tree.write_register("dev/cpu/0/msr_safe", 0x606, kUnits14);
  tree.write_register("dev/cpu/0/msr_safe", 0x611, 4242);
  tree.forbid("dev/cpu/0/msr");
  WithoutRights nobody;
  VirtualClock clock;
  EXPECT_EQ(read_all(*tree.open("msr", &clock))[0].raw, 4242u);
}

TEST(Msr, FallsBackToMsrWhereMsrSafeIsForbidden) {
  MadeTree tree;
  one_socket(tree, 0x55);
  write_intel(tree, 0, kUnits14, {.package = 1});
  tree.write_register("dev/cpu/0/msr_safe", 0x611, 4242);
  tree.forbid("dev/cpu/0/msr_safe");
  WithoutRights nobody;
  VirtualClock clock;
  EXPECT_EQ(read_all(*tree.open("msr", &clock))[0].raw, 1u);
}

TEST(Msr, TellsHowToGetPermission) {
  MadeTree tree;
  one_socket(tree, 0x55);
  write_intel(tree, 0, kUnits14, {.package = 1});
  tree.forbid("dev/cpu/0/msr");
  WithoutRights nobody;
  EXPECT_EQ(reason(tree),
            "msr: /dev/cpu/0/msr: Permission denied; root may read it, or: sudo chmod a+r "
            "/dev/cpu/*/msr && sudo setcap cap_sys_rawio+ep $(command -v ergon), or install "
            "msr-safe");
}

TEST(Msr, TellsWhichDriverIsMissing) {
  MadeTree tree;
  one_socket(tree, 0x55);
  EXPECT_EQ(reason(tree),
            "msr: /dev/cpu/0/msr: No such file or directory; load the driver: sudo modprobe msr");
}

TEST(Msr, TellsAVirtualMachine) {
  MadeTree tree;
  tree.write_cpu("GenuineIntel", 6, 0x55, "fpu msr hypervisor");
  tree.place_cpu(0, 0, 0);
  EXPECT_EQ(reason(tree),
            "msr: /dev/cpu/0/msr: No such file or directory; this is a virtual machine, whose host "
            "keeps the counters: measure on the host");
}

TEST(Msr, TellsThatTheUnitRegisterDoesNotAnswer) {
  MadeTree tree;
  one_socket(tree, 0x55);
  tree.write("dev/cpu/0/msr", "");
  EXPECT_EQ(reason(tree),
            "msr: /dev/cpu/0/msr: reading the RAPL unit register: Input/output error; the firmware "
            "hides RAPL: use another meter");
}

TEST(Msr, RefusesToGuessTheUnitsOfAnUnknownCpu) {
  MadeTree tree;
  one_socket(tree, 0xFE);
  write_intel(tree, 0, kUnits14, {.package = 1});
  EXPECT_EQ(reason(tree),
            "msr: CPU family 6 model 254 is in no row of the table of RAPL units; use perf or "
            "powercap");
}

TEST(Msr, TellsThatOtherMakersHaveNoRapl) {
  MadeTree tree;
  EXPECT_EQ(reason(tree),
            "msr: CPU family 0 model 0 is in no row of the table of RAPL units; RAPL is in Intel "
            "and AMD CPUs only");
}

}  // namespace ergon
