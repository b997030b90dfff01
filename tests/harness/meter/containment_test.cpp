#include "harness/meter/containment.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/error.h"

namespace ergon {
namespace {

Channel channel(const std::string& name, const std::string& domain, const std::string& within) {
  Channel channel;
  channel.name = name;
  channel.domain = domain;
  channel.within = within;
  return channel;
}

// Two sockets under a platform, read by perf; powercap reads one of them, too; a GPU beside.
std::vector<Channel> server() {
  return {channel("perf/package-0", "package", "perf/psys"),
          channel("perf/package-1", "package", "perf/psys"),
          channel("perf/package-0/core", "core", "perf/package-0"),
          channel("perf/package-0/dram", "dram", "perf/psys"),
          channel("perf/psys", "platform", ""),
          channel("powercap/package-0", "package", ""),
          channel("nvml/gpu-0", "gpu", "")};
}

std::string refusal(const std::vector<Channel>& channels, const std::vector<std::string>& names) {
  std::string why_not;
  EXPECT_FALSE(Containment(channels).sum(names, why_not).has_value());
  return why_not;
}

std::string complaint(const std::vector<Channel>& channels) {
  try {
    const Containment containment(channels);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(Containment, AddsUpWhatLiesBeside) {
  const std::vector<std::string> names = {"perf/package-1", "perf/package-0/dram",
                                          "perf/package-0"};
  std::string why_not;
  const auto sum = Containment(server()).sum(names, why_not);
  ASSERT_TRUE(sum.has_value()) << why_not;
  const std::vector<Joules> energy = {Joules{1},  Joules{2},  Joules{4}, Joules{8},
                                      Joules{16}, Joules{32}, Joules{64}};
  EXPECT_EQ(sum->of(energy), Joules{11});
}

TEST(Containment, SumsToNanWhereASummandIsNan) {
  const std::vector<std::string> names = {"perf/package-0", "nvml/gpu-0"};
  std::string why_not;
  std::vector<Channel> channels = server();
  std::erase_if(channels, [](const Channel& c) { return c.domain == "platform"; });
  for (Channel& c : channels) {
    if (c.within == "perf/psys") c.within.clear();
  }
  const auto sum = Containment(channels).sum(names, why_not);
  ASSERT_TRUE(sum.has_value()) << why_not;
  std::vector<Joules> energy(channels.size(), Joules{1});
  energy.back() = Joules{std::nan("")};
  EXPECT_TRUE(std::isnan(sum->of(energy).value));
}

TEST(Containment, RefusesAPartAndItsWhole) {
  EXPECT_EQ(refusal(server(), {"perf/package-0", "perf/package-0/core"}),
            "perf/package-0 contains perf/package-0/core already");
  EXPECT_EQ(refusal(server(), {"perf/package-0/core", "perf/package-0"}),
            "perf/package-0 contains perf/package-0/core already");
}

TEST(Containment, RefusesThePlatformWithAnythingElse) {
  EXPECT_EQ(refusal(server(), {"perf/package-0/core", "perf/psys"}),
            "perf/psys contains perf/package-0/core already");
  EXPECT_EQ(refusal(server(), {"perf/psys", "nvml/gpu-0"}),
            "perf/psys contains nvml/gpu-0 already");
}

TEST(Containment, RefusesOneEnergyReadByTwoMeters) {
  EXPECT_EQ(refusal(server(), {"perf/package-0", "powercap/package-0"}),
            "perf/package-0 and powercap/package-0 count the same energy");
  EXPECT_EQ(refusal(server(), {"powercap/package-0", "perf/package-0/core"}),
            "powercap/package-0 contains perf/package-0/core already");
}

TEST(Containment, KnowsThatANodeContainsAllMeters) {
  std::vector<Channel> channels = server();
  channels.push_back(channel("cray_pm/node", "node", ""));
  EXPECT_EQ(refusal(channels, {"nvml/gpu-0", "cray_pm/node"}),
            "cray_pm/node contains nvml/gpu-0 already");
  EXPECT_EQ(refusal(channels, {"cray_pm/node", "perf/psys"}),
            "cray_pm/node contains perf/psys already");
}

TEST(Containment, KnowsThatAnAcceleratorContainsItsGpuAndNotItsNeighbour) {
  const std::vector<Channel> channels = {
      channel("cray_pm/node", "node", ""),
      channel("cray_pm/node/accelerator-0", "accelerator", "cray_pm/node"),
      channel("cray_pm/node/accelerator-1", "accelerator", "cray_pm/node"),
      channel("hwmon/module-0", "module", ""), channel("nvml/gpu-0", "gpu", "")};
  const std::vector<std::string> both = {"cray_pm/node/accelerator-0",
                                         "cray_pm/node/accelerator-1"};
  std::string why_not;
  EXPECT_TRUE(Containment(channels).sum(both, why_not).has_value()) << why_not;
  EXPECT_EQ(refusal(channels, {"nvml/gpu-0", "cray_pm/node/accelerator-1"}),
            "cray_pm/node/accelerator-1 contains nvml/gpu-0 already");
  EXPECT_EQ(refusal(channels, {"nvml/gpu-0", "hwmon/module-0"}),
            "hwmon/module-0 contains nvml/gpu-0 already");
}

TEST(Containment, RefusesTheSameTwice) {
  EXPECT_EQ(refusal(server(), {"nvml/gpu-0", "nvml/gpu-0"}), "nvml/gpu-0 stands twice in the sum");
}

TEST(Containment, RefusesToMixSources) {
  std::vector<Channel> channels = server();
  channels.push_back(channel("estimate/process", "process", ""));
  channels.back().source = Source::estimated;
  std::erase_if(channels, [](const Channel& c) { return c.name == "perf/psys"; });
  for (Channel& c : channels) {
    if (c.within == "perf/psys") c.within.clear();
  }
  EXPECT_EQ(refusal(channels, {"perf/package-0", "estimate/process"}),
            "perf/package-0 and estimate/process come from different kinds of source, which never "
            "mix");
}

TEST(Containment, RefusesWhatIsNoEnergy) {
  std::vector<Channel> channels = server();
  channels[6].measure = Measure::temperature;
  EXPECT_EQ(refusal(channels, {"nvml/gpu-0"}), "nvml/gpu-0 is not a channel of energy or power");
  EXPECT_EQ(refusal(channels, {"perf/gpu"}), "perf/gpu is no channel");
  EXPECT_EQ(refusal(channels, {}), "no channel is named: there is nothing to add up");
}

TEST(Containment, RefusesARingOfContainers) {
  std::vector<Channel> channels = {channel("a/x", "node", "a/z"), channel("a/y", "node", "a/x"),
                                   channel("a/z", "node", "a/y")};
  EXPECT_EQ(complaint(channels), "channels: a/x is within itself, by way of a/z");
  channels = {channel("a/x", "node", "a/x")};
  EXPECT_EQ(complaint(channels), "channels: a/x is within itself, by way of a/x");
}

TEST(Containment, RefusesAContainerThatIsNotThere) {
  EXPECT_EQ(complaint({channel("a/x", "core", "a/y")}),
            "channels: a/x is within a/y, which is no channel; known: one of the other channels, "
            "or none");
}

TEST(Containment, RefusesTwoChannelsOfOneName) {
  EXPECT_EQ(complaint({channel("a/x", "core", ""), channel("a/x", "core", "")}),
            "channels: two are called a/x; names are unique on a machine");
}

}  // namespace ergon
