#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "harness/meter/meter.h"
#include "harness/record/record.h"
#include "tests/harness/meter/made_tree.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

// A made tree of /sys and /proc.
class PowercapTree : public testing::Test {
 protected:
  void write(const fs::path& file, const std::string& text) const {
    fs::create_directories((root / file).parent_path());
    std::ofstream(root / file) << text;
  }
  fs::path zone(const std::string& folder, const std::string& name, const std::string& energy,
                const std::string& range = "262143328850") const {
    const fs::path path = fs::path("sys/class/powercap") / folder;
    write(path / "name", name + "\n");
    write(path / "energy_uj", energy + "\n");
    write(path / "max_energy_range_uj", range + "\n");
    return path;
  }
  void cpu(const std::string& vendor, int model, const std::string& flags = "fpu") const {
    write("proc/cpuinfo", "processor\t: 0\nvendor_id\t: " + vendor + "\nmodel\t\t: " +
                              std::to_string(model) + "\nflags\t\t: fpu " + flags + "\n\n");
  }
  std::unique_ptr<Meter> open() { return open_meter(*meter::named("powercap"), {}, root, why_not); }

  static std::vector<std::string> names(const Meter& meter) {
    std::vector<std::string> all;
    for (const Channel& channel : meter.channels()) all.push_back(channel.name);
    return all;
  }

  TemporaryFolder temporary;
  const fs::path root = temporary.path();
  std::string why_not;
};

using Names = std::vector<std::string>;

TEST_F(PowercapTree, GivesPackagesOfTwoSocketsAndTheirMemory) {
  cpu("GenuineIntel", 85);
  zone("intel-rapl:0", "package-0", "1000000");
  zone("intel-rapl:0:0", "dram", "2000000", "65712999613");
  zone("intel-rapl:1", "package-1", "3000000");
  zone("intel-rapl:1:0", "dram", "4000000", "65712999613");
  write("sys/class/powercap/intel-rapl/enabled", "1\n");
  const auto meter = open();
  ASSERT_TRUE(meter) << why_not;
  EXPECT_EQ(names(*meter), (Names{"powercap/package-0", "powercap/package-1",
                                  "powercap/package-0/dram", "powercap/package-1/dram"}));
  for (const Channel& channel : meter->channels()) {
    EXPECT_EQ(channel.within, "");  // memory is not in the package
    EXPECT_EQ(channel.source, Source::measured);
    EXPECT_EQ(channel.scale, 1e-6);
  }
  EXPECT_EQ(meter->channels()[0].wrap, 262'143'328'850u);
  EXPECT_NEAR(meter->channels()[0].resolution, 61.035e-6, 1e-9);
  Reading readings[4];
  meter->read(readings);
  EXPECT_EQ(readings[0].raw, 1'000'000u);
  EXPECT_EQ(readings[1].raw, 3'000'000u);
  EXPECT_EQ(readings[2].raw, 2'000'000u);
  EXPECT_EQ(readings[3].raw, 4'000'000u);
}

TEST_F(PowercapTree, PutsCoresAndUncoreWithinTheirPackage) {
  cpu("GenuineIntel", 158);
  zone("intel-rapl:0", "package-0", "1");
  zone("intel-rapl:0:0", "core", "1");
  zone("intel-rapl:0:1", "uncore", "1");
  const auto meter = open();
  ASSERT_TRUE(meter) << why_not;
  EXPECT_EQ(names(*meter),
            (Names{"powercap/package-0", "powercap/package-0/core", "powercap/package-0/uncore"}));
  EXPECT_EQ(meter->channels()[1].within, "powercap/package-0");
  EXPECT_EQ(meter->channels()[2].within, "powercap/package-0");
}

TEST_F(PowercapTree, PutsEverythingWithinThePlatform) {
  cpu("GenuineIntel", 143);
  zone("intel-rapl:0", "psys", "7000000");
  zone("intel-rapl:1", "package-0", "1");
  zone("intel-rapl:1:0", "dram", "1", "65712999613");
  zone("intel-rapl:2", "package-1", "1");
  const auto meter = open();
  ASSERT_TRUE(meter) << why_not;
  EXPECT_EQ(names(*meter), (Names{"powercap/package-0", "powercap/package-1",
                                  "powercap/package-0/dram", "powercap/psys"}));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(meter->channels()[i].within, "powercap/psys");
  EXPECT_EQ(meter->channels()[3].within, "");
  EXPECT_EQ(meter->channels()[3].resolution, 1);  // whole joules on Sapphire Rapids
  EXPECT_NE(meter->channels()[2].note.find("4 times too low"), std::string::npos);
}

TEST_F(PowercapTree, ReadsHexadecimalZoneNumbers) {
  cpu("GenuineIntel", 85);
  for (int i = 0; i < 12; ++i) {
    char number[4];
    std::snprintf(number, sizeof number, "%x", i);
    zone(std::string("intel-rapl:") + number, "package-" + std::to_string(i), std::to_string(i));
  }
  zone("intel-rapl:b:0", "dram", "99");
  const auto meter = open();
  ASSERT_TRUE(meter) << why_not;
  ASSERT_EQ(meter->channels().size(), 13u);
  EXPECT_EQ(meter->channels()[2].name, "powercap/package-2");
  EXPECT_EQ(meter->channels()[11].name, "powercap/package-11");
  EXPECT_EQ(meter->channels()[12].name, "powercap/package-11/dram");
}

TEST_F(PowercapTree, LeavesOutTheMemoryMappedTwin) {
  cpu("GenuineIntel", 140);
  zone("intel-rapl:0", "package-0", "1");
  zone("intel-rapl-mmio:0", "package-0", "1");
  const auto meter = open();
  ASSERT_TRUE(meter) << why_not;
  EXPECT_EQ(names(*meter), (Names{"powercap/package-0"}));
}

TEST_F(PowercapTree, TakesTheMemoryMappedInterfaceWhereItIsTheOnlyOne) {
  cpu("GenuineIntel", 140);
  zone("intel-rapl-mmio:0", "package-0", "5");
  const auto meter = open();
  ASSERT_TRUE(meter) << why_not;
  EXPECT_EQ(names(*meter), (Names{"powercap/package-0"}));
}

TEST_F(PowercapTree, IgnoresTheCoreZoneOfAmdWhichIsOneCore) {
  cpu("AuthenticAMD", 1);
  zone("intel-rapl:0", "package-0", "1", "65532610987");
  zone("intel-rapl:0:0", "core", "1", "65532610987");
  const auto meter = open();
  ASSERT_TRUE(meter) << why_not;
  EXPECT_EQ(names(*meter), (Names{"powercap/package-0"}));
  EXPECT_NE(meter->channels()[0].note.find("AMD models this energy"), std::string::npos);
}

TEST_F(PowercapTree, NamesDiesOfAPackage) {
  cpu("GenuineIntel", 85);
  zone("intel-rapl:0", "package-0-die-0", "1");
  zone("intel-rapl:1", "package-0-die-1", "1");
  const auto meter = open();
  ASSERT_TRUE(meter) << why_not;
  EXPECT_EQ(names(*meter), (Names{"powercap/package-0-die-0", "powercap/package-0-die-1"}));
  EXPECT_EQ(meter->channels()[1].domain, "package");
}

TEST_F(PowercapTree, SaysThatAnUnknownRangeMayHideAWrap) {
  cpu("GenuineIntel", 85);
  fs::remove(root / zone("intel-rapl:0", "package-0", "1") / "max_energy_range_uj");
  const auto meter = open();
  ASSERT_TRUE(meter) << why_not;
  EXPECT_EQ(meter->channels()[0].wrap, 0u);
  EXPECT_NE(meter->channels()[0].note.find("max_energy_range_uj"), std::string::npos);
}

// Root reads everything, so the answer is another user's, in a process of its own.
TEST_F(PowercapTree, PrintsTheLineThatMendsDeniedPermission) {
  cpu("GenuineIntel", 85);
  const fs::path path = zone("intel-rapl:0", "package-0", "1");
  fs::permissions(root / path / "energy_uj", fs::perms::none);
  fs::permissions(root, fs::perms::all);
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const bool dropped = geteuid() != 0 || setresuid(65534, 65534, 65534) == 0;
    const bool opened = dropped && open() != nullptr;
    const std::string said = opened ? "opened" : why_not;
    const ssize_t sent = ::write(pipe_ends[1], said.data(), said.size());
    _exit(sent > 0 ? 0 : 1);
  }
  close(pipe_ends[1]);
  char text[1024] = {};
  const ssize_t length = ::read(pipe_ends[0], text, sizeof text - 1);
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_GT(length, 0);
  EXPECT_STREQ(text,
               "powercap: /sys/class/powercap/intel-rapl:0/energy_uj: Permission denied; make it "
               "readable until the next boot: sudo chmod -R a+r /sys/class/powercap/intel-rapl*");
}

TEST_F(PowercapTree, LeavesOutWithANoteAPartThatDoesNotAnswer) {
  cpu("GenuineIntel", 85);
  zone("intel-rapl:0", "package-0", "1");
  const fs::path dram = zone("intel-rapl:0:0", "dram", "1");
  fs::remove(root / dram / "energy_uj");
  fs::create_directory(root / dram / "energy_uj");  // reads of a folder fail
  const auto meter = open();
  ASSERT_TRUE(meter) << why_not;
  EXPECT_EQ(names(*meter), (Names{"powercap/package-0"}));
  EXPECT_EQ(meter->channels()[0].note,
            "left out: powercap: /sys/class/powercap/intel-rapl:0:0/energy_uj: Is a directory; "
            "this machine's counter does not answer");
}

TEST_F(PowercapTree, NamesNoContainerThatItLeftOut) {
  cpu("GenuineIntel", 143);
  zone("intel-rapl:0", "package-0", "1");
  const fs::path psys = zone("intel-rapl:1", "psys", "1");
  fs::resize_file(root / psys / "energy_uj", 0);
  const auto meter = open();
  ASSERT_TRUE(meter) << why_not;
  EXPECT_EQ(names(*meter), (Names{"powercap/package-0"}));
  EXPECT_EQ(meter->channels()[0].within, "");
}

TEST_F(PowercapTree, CountsThePlatformOnceWhereEachSocketShowsIt) {
  cpu("GenuineIntel", 143);
  zone("intel-rapl:0", "package-0", "1");
  zone("intel-rapl:1", "psys", "1000000");
  zone("intel-rapl:2", "package-1", "1");
  zone("intel-rapl:3", "psys", "1000000");
  const auto meter = open();
  ASSERT_TRUE(meter) << why_not;
  EXPECT_EQ(names(*meter), (Names{"powercap/package-0", "powercap/package-1", "powercap/psys"}));
}

TEST_F(PowercapTree, GivesAnErrorAndNoNumberWhereAFileIsEmptied) {
  cpu("GenuineIntel", 85);
  const fs::path path = zone("intel-rapl:0", "package-0", "123");
  const auto meter = open();
  ASSERT_TRUE(meter) << why_not;
  fs::resize_file(root / path / "energy_uj", 0);
  Reading reading;
  meter->read({&reading, 1});
  EXPECT_EQ(reading.error, EINVAL);
}

TEST_F(PowercapTree, TellsAVirtualMachineFromAMissingDriver) {
  cpu("GenuineIntel", 85, "hypervisor");
  EXPECT_EQ(open(), nullptr);
  EXPECT_NE(why_not.find("virtual machine"), std::string::npos);
  cpu("GenuineIntel", 85);
  EXPECT_EQ(open(), nullptr);
  EXPECT_NE(why_not.find("a container hides it"), std::string::npos);
  fs::create_directories(root / "sys/class/powercap");
  EXPECT_EQ(open(), nullptr);
  EXPECT_NE(why_not.find("sudo modprobe intel_rapl_msr"), std::string::npos);
}

TEST(Powercap, IsExactAtEveryPhaseOfTheWrap) {
  constexpr std::uint64_t kRange = 65'532'610'987, kStep = 30'000'000'007;
  MadeTree tree;
  const std::string zone = "sys/class/powercap/intel-rapl:0/";
  tree.write(zone + "name", "package-0\n");
  tree.write(zone + "max_energy_range_uj", kRange);
  tree.write(zone + "energy_uj", 1);
  const auto meter = tree.open("powercap");
  for (std::uint64_t phase = 0; phase < 10'000; ++phase) {
    std::uint64_t total = phase * (kRange / 10'000);
    EnergyTally tally(*meter, "powercap/package-0");
    for (int i = 0; i < 3; ++i, total += kStep) {
      tree.write(zone + "energy_uj", total % kRange);
      ASSERT_EQ(tally.read(), 0u) << phase;
    }
    ASSERT_DOUBLE_EQ(tally.joules(), 2 * kStep * 1e-6) << phase;
  }
}

TEST(Powercap, NeverTakesAResetForEnergy) {
  constexpr std::uint64_t kRange = 65'532'610'987;
  MadeTree tree;
  const std::string zone = "sys/class/powercap/intel-rapl:0/";
  tree.write(zone + "name", "package-0\n");
  tree.write(zone + "max_energy_range_uj", kRange);
  tree.write(zone + "energy_uj", 1);
  const auto meter = tree.open("powercap");
  // At 1 s from reading to reading the last 1010 J of the range cannot be told from a wrap.
  constexpr std::uint64_t kTold = kRange - 1'011'000'000;
  for (std::uint64_t phase = 2'000'000; phase < kTold; phase += kTold / 10'000) {
    EnergyTally tally(*meter, "powercap/package-0", 1);
    tree.write(zone + "energy_uj", phase);
    ASSERT_EQ(tally.read(), 0u);
    tree.write(zone + "energy_uj", 1'000'000);
    ASSERT_EQ(tally.read(), kBackwardCounter) << phase;
    tree.write(zone + "energy_uj", 3'000'000);
    ASSERT_EQ(tally.read(), 0u);
    ASSERT_DOUBLE_EQ(tally.joules(), 2) << phase;
  }
}

TEST(Powercap, FailsReadingsOfADriverThatVanished) {
  MadeTree tree;
  ShortLivedProcess driver;
  const std::string zone = "sys/class/powercap/intel-rapl:0/";
  tree.write(zone + "name", "package-0\n");
  tree.write(zone + "max_energy_range_uj", 262'143'328'850);
  tree.link(zone + "energy_uj", driver.number_file());
  const auto meter = tree.open("powercap");
  EXPECT_EQ(read_all(*meter)[0].error, 0);
  driver.end();
  EXPECT_EQ(read_all(*meter)[0].error, ESRCH);
}

}  // namespace
}  // namespace ergon
