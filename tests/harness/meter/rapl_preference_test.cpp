#include "harness/meter/rapl_preference.h"

#include <gtest/gtest.h>

#include "harness/meter/containment.h"
#include "harness/run/open_meters.h"
#include "tests/harness/meter/made_tree.h"

namespace ergon {
namespace {

// Channels of the names given; the reading of the i-th is `first` + i.
class ListMeter final : public Meter {
 public:
  ListMeter(std::uint64_t first, const std::vector<std::pair<std::string, std::string>>& channels)
      : first_(first) {
    for (const auto& [name, within] : channels) {
      channels_.emplace_back();
      channels_.back().name = name;
      channels_.back().within = within;
    }
  }
  std::span<const Channel> channels() const override { return channels_; }
  void read(std::span<Reading> readings) noexcept override {
    for (std::size_t i = 0; i < readings.size(); ++i) readings[i].raw = first_ + i;
  }

 private:
  std::uint64_t first_;
  std::vector<Channel> channels_;
};

using Meters = std::vector<std::unique_ptr<Meter>>;

std::string names(const Meters& meters) {
  std::string text;
  for (const auto& meter : meters) text += "[" + channel_names(*meter) + "]";
  return text;
}

}  // namespace

TEST(RaplPreference, TakesPerfThenPowercapThenMsr) {
  Meters meters;
  meters.push_back(std::make_unique<ListMeter>(
      0, std::vector<std::pair<std::string, std::string>>{{"msr/package-0", ""}}));
  meters.push_back(std::make_unique<ListMeter>(
      0, std::vector<std::pair<std::string, std::string>>{{"powercap/package-0", ""}}));
  EXPECT_EQ(names(prefer_rapl(std::move(meters))), "[powercap/package-0]");
}

TEST(RaplPreference, FallsBackForADomainThatTheBetterMeterLacks) {
  Meters meters;
  meters.push_back(std::make_unique<ListMeter>(
      10, std::vector<std::pair<std::string, std::string>>{{"perf/package-0", ""}}));
  meters.push_back(std::make_unique<ListMeter>(
      20, std::vector<std::pair<std::string, std::string>>{
              {"powercap/package-0", ""},
              {"powercap/package-0/core", "powercap/package-0"},
              {"powercap/package-0/dram", ""}}));
  const Meters preferred = prefer_rapl(std::move(meters));
  EXPECT_EQ(names(preferred), "[perf/package-0][powercap/package-0/core powercap/package-0/dram]");
  EXPECT_EQ(preferred[1]->channels()[0].within, "perf/package-0");
  const auto readings = read_all(*preferred[1]);
  EXPECT_EQ(readings[0].raw, 21u);
  EXPECT_EQ(readings[1].raw, 22u);
}

TEST(RaplPreference, FallsBackTheOtherWayToo) {
  Meters meters;
  meters.push_back(std::make_unique<ListMeter>(
      0, std::vector<std::pair<std::string, std::string>>{{"powercap/package-0", ""}}));
  meters.push_back(
      std::make_unique<ListMeter>(0, std::vector<std::pair<std::string, std::string>>{
                                         {"perf/package-0", ""}, {"perf/package-0/dram", ""}}));
  EXPECT_EQ(names(prefer_rapl(std::move(meters))), "[perf/package-0 perf/package-0/dram]");
}

TEST(RaplPreference, LeavesOtherMetersAlone) {
  Meters meters;
  meters.push_back(std::make_unique<ListMeter>(
      0, std::vector<std::pair<std::string, std::string>>{{"perf/package-0", ""}}));
  meters.push_back(std::make_unique<ListMeter>(
      0, std::vector<std::pair<std::string, std::string>>{{"nvml/gpu-0", ""}}));
  meters.push_back(std::make_unique<ListMeter>(0, std::vector<std::pair<std::string, std::string>>{
                                                      {"hwmon/package-0", ""},
                                                      {"hwmon/package-0/core-0", "hwmon/package-0"},
                                                      {"hwmon/ina219/in1", ""}}));
  EXPECT_EQ(names(prefer_rapl(std::move(meters))),
            "[perf/package-0][nvml/gpu-0][hwmon/package-0/core-0 hwmon/ina219/in1]");
}

// What is left is a graph that Containment takes, and holds each energy once.
TEST(RaplPreference, LeavesAGraphWithoutDoubles) {
  Meters meters;
  meters.push_back(std::make_unique<ListMeter>(
      0, std::vector<std::pair<std::string, std::string>>{
             {"perf/package-0", "perf/psys"}, {"perf/package-1", "perf/psys"}, {"perf/psys", ""}}));
  meters.push_back(std::make_unique<ListMeter>(0, std::vector<std::pair<std::string, std::string>>{
                                                      {"powercap/package-0", "powercap/psys"},
                                                      {"powercap/package-0/dram", "powercap/psys"},
                                                      {"powercap/psys", ""}}));
  std::vector<Channel> channels;
  for (const auto& meter : prefer_rapl(std::move(meters))) {
    channels.insert(channels.end(), meter->channels().begin(), meter->channels().end());
  }
  ASSERT_EQ(channels.size(), 4u);
  EXPECT_EQ(channels[3].within, "perf/psys");
  const Containment containment(channels);
  EXPECT_FALSE(containment.overlap(0, 1));
  EXPECT_FALSE(containment.overlap(0, 3));
  EXPECT_TRUE(containment.overlap(2, 3));
}

// From made files to the meters of a sweep that names none.
TEST(RaplPreference, LeavesASweepEachCounterOnce) {
  MadeTree tree;
  tree.write_cpu("GenuineIntel", 6, 0x55, "fpu msr");
  tree.place_cpu(0, 0, 0);
  tree.write_register("dev/cpu/0/msr", 0x606, 0xA0E03);
  tree.write_register("dev/cpu/0/msr", 0x611, 1000);
  tree.write_register("dev/cpu/0/msr", 0x619, 1000);
  const std::string zone = "sys/class/powercap/intel-rapl:0/";
  tree.write(zone + "name", "package-0\n");
  tree.write(zone + "energy_uj", 1000);
  tree.write(zone + "max_energy_range_uj", 262'143'328'850);
  EXPECT_EQ(names(open_meters({}, tree.root()).meters), "[powercap/package-0][msr/package-0/dram]");
  const std::vector<MeterRequest> both = {{"powercap", {}}, {"msr", {}}};
  EXPECT_EQ(names(open_meters(both, tree.root()).meters),
            "[powercap/package-0][msr/package-0 msr/package-0/dram]");
}

}  // namespace ergon
