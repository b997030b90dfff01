#include "harness/meter/characterisation_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>

#include "kernels/error.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

Characterisation found() {
  Characterisation f{};
  f.channel = "powercap/package-0";
  f.period = {1e-3, 1e-6};
  f.window = {1e-3, 2e-6};
  f.lag = {0, 3e-6};
  f.quantum = {6.1e-5, 2.9e-7};
  f.jitter.value = std::numeric_limits<double>::quiet_NaN();
  f.reads = 1000;
  f.window_is_bound = true;
  f.verdict = "sees all of the time";
  return f;
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

}  // namespace

TEST(CharacterisationFile, ReadsBackWhatItWrote) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "made/here.json";
  const ChannelIdentity identity{"cpu", "6.1.0", "powercap/package-0"};
  write_characterisations(file, {{identity, {"2026-01-02T03:04:05Z", found()}}});
  const Characterisations all = read_characterisations(file);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_TRUE(all.begin()->first == identity);
  const KeptCharacterisation& kept = all.begin()->second;
  EXPECT_EQ(kept.date, "2026-01-02T03:04:05Z");
  EXPECT_EQ(kept.found.period.value, 1e-3);
  EXPECT_EQ(kept.found.quantum.uncertainty, 2.9e-7);
  EXPECT_TRUE(std::isnan(kept.found.jitter.value));
  EXPECT_EQ(kept.found.reads, 1000);
  EXPECT_TRUE(kept.found.window_is_bound);
  EXPECT_EQ(kept.found.verdict, "sees all of the time");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}), 1);
}

TEST(CharacterisationFile, IsEmptyWhereThereIsNone) {
  const TemporaryFolder folder;
  EXPECT_TRUE(read_characterisations(folder.path() / "none.json").empty());
  EXPECT_TRUE(read_characterisations({}).empty());
}

TEST(CharacterisationFile, RefusesWhatIsNotOurs) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "file.json";
  for (const char* const text : {"", "{}", R"({"schema": "ergon-calibrations-1"})",
                                 R"({"schema": "ergon-characterisations-1", "channels": [{}]})"}) {
    write(file, text);
    EXPECT_THROW((void)read_characterisations(file), Error) << text;
  }
}

TEST(CharacterisationFile, SaysWhereItCannotBeWritten) {
  const TemporaryFolder folder;
  write(folder.path() / "file", "");
  EXPECT_THROW(write_characterisations(folder.path() / "file/in.json", {}), Error);
}

TEST(CharacterisationFile, KnowsAChannelByDeviceAndDriver) {
  const TemporaryFolder root;
  write(root.path() / "proc/cpuinfo", "processor\t: 0\nmodel name\t: Some CPU 9\nflags\t: x\n");
  write(root.path() / "sys/class/dmi/id/product_name", "Board 1\n");
  write(root.path() / "proc/sys/kernel/hostname", "node07\n");
  write(root.path() / "proc/sys/kernel/osrelease", "6.1.0\n");
  write(root.path() / "proc/driver/nvidia/version", "NVRM version: 570.1\nGCC version: 12\n");
  Channel channel;
  channel.name = "powercap/package-0";
  const ChannelIdentity package{"Some CPU 9, Board 1, node07", "6.1.0", "powercap/package-0"};
  EXPECT_TRUE(identify_channel(channel, root.path()) == package);
  channel.name = "nvml/GPU-1234/power";
  const ChannelIdentity gpu{"GPU-1234", "NVRM version: 570.1", "nvml/GPU-1234/power"};
  EXPECT_TRUE(identify_channel(channel, root.path()) == gpu);
}

TEST(CharacterisationFile, LiesInTheFolderOfStateOrWhereItIsTold) {
  const auto set = [](const char* name, const char* value) { setenv(name, value, 1); };
  unsetenv("ERGON_CHARACTERISATIONS");
  unsetenv("XDG_STATE_HOME");
  set("HOME", "/home/a");
  EXPECT_EQ(characterisations_path(), "/home/a/.local/state/ergon/characterisations.json");
  set("XDG_STATE_HOME", "/state");
  EXPECT_EQ(characterisations_path(), "/state/ergon/characterisations.json");
  set("ERGON_CHARACTERISATIONS", "/b/c.json");
  EXPECT_EQ(characterisations_path(), "/b/c.json");
  unsetenv("XDG_STATE_HOME");
  unsetenv("ERGON_CHARACTERISATIONS");
}

}  // namespace ergon
