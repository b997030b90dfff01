#include "harness/meter/characterised_meter.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "harness/run/open_meters.h"
#include "kernels/error.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

KeptCharacterisation kept(Source source) {
  KeptCharacterisation kept{.date = "2026-01-02", .found = {}};
  kept.found.source = source;
  kept.found.period = {2e-3, 1e-6};
  kept.found.window = {4e-3, 1e-6};
  kept.found.lag = {5e-4, 1e-6};
  kept.found.verdict = "sees all of the time, as means of 2.0 periods";
  return kept;
}

void make_package(const std::filesystem::path& root) {
  const auto zone = root / "sys/class/powercap/intel-rapl:0";
  std::filesystem::create_directories(zone);
  std::ofstream(zone / "name") << "package-0\n";
  std::ofstream(zone / "energy_uj") << "17\n";
}

// The variable for the time of one test.
class CharacterisationsIn {
 public:
  explicit CharacterisationsIn(const std::filesystem::path& file) {
    setenv("ERGON_CHARACTERISATIONS", file.c_str(), 1);
  }
  ~CharacterisationsIn() { unsetenv("ERGON_CHARACTERISATIONS"); }
};

}  // namespace

TEST(CharacterisedMeter, GivesTheChannelWhatWasFound) {
  Channel channel;
  channel.note = "a counter";
  EXPECT_TRUE(apply_characterisation(channel, kept(Source::measured)));
  EXPECT_EQ(channel.update_period.value, 2e-3);
  EXPECT_EQ(channel.averaging_window.value, 4e-3);
  EXPECT_EQ(channel.lag.value, 5e-4);
  EXPECT_EQ(channel.note,
            "a counter; characterised 2026-01-02: sees all of the time, as means of 2.0 periods");
}

TEST(CharacterisedMeter, LeavesAMeasuringChannelAloneWhereTheSensorWasSimulated) {
  Channel channel;
  EXPECT_FALSE(apply_characterisation(channel, kept(Source::simulated)));
  EXPECT_EQ(channel.update_period.value, 0);
}

TEST(CharacterisedMeter, IsWhatARunOpens) {
  const TemporaryFolder root;
  make_package(root.path());
  const auto file = root.path() / "found.json";
  const CharacterisationsIn in(file);
  const auto period = [&] {
    const OpenMeters open = open_meters({}, root.path());
    std::vector<Reading> readings(open.meters.at(0)->channels().size());
    open.meters[0]->read(readings);
    EXPECT_EQ(readings[0].raw, 17u);
    return open.meters[0]->channels()[0].update_period.value;
  };
  EXPECT_NE(period(), 2e-3);
  write_characterisations(file, {{{"", "", "powercap/package-0"}, kept(Source::measured)}});
  EXPECT_EQ(period(), 2e-3);
  write_characterisations(file, {{{"another", "", "powercap/package-0"}, kept(Source::measured)}});
  EXPECT_NE(period(), 2e-3);
  std::ofstream(file) << "broken";
  EXPECT_THROW((void)period(), Error);
}

}  // namespace ergon
