#include "harness/meter/package_sum.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cmath>

#include "harness/meter/virtual_sampler.h"
#include "harness/run/window.h"
#include "tests/harness/meter/driven_finder.h"
#include "tests/harness/meter/made_tree.h"

namespace ergon {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

// Two packages with DRAM beside, 100 J apart, within a platform.
void make_sockets(const MadeTree& tree) {
  tree.write_cpu("GenuineIntel", 6, 106, "");
  const std::string folder = "sys/class/powercap/intel-rapl:";
  for (const char* zone : {"0", "1", "0:0", "1:0", "2"}) {
    const std::string name = std::string(zone) == "2"                           ? "psys"
                             : std::string(zone).find(':') != std::string::npos ? "dram"
                                                                                : "package-";
    tree.write(folder + zone + "/name", name == "package-" ? name + zone : name);
    tree.write(folder + zone + "/max_energy_range_uj", 262'143'328'850u);
    tree.write(folder + zone + "/energy_uj", 1'000'000u);
  }
}

Channel package(const std::string& name, const std::string& within = "") {
  Channel channel;
  channel.name = name;
  channel.domain = "package";
  channel.within = within;
  channel.scale = 1e-6;
  channel.update_period = Seconds{0.001};
  channel.gain_relative = 0.05;
  channel.gain_group = "rapl/" + name.substr(name.find('/') + 1);
  return channel;
}

// A counter of uJ that a source updates every ms.
Reading counting(std::uint64_t watts, std::int64_t now_ns) {
  return {.raw = static_cast<std::uint64_t>(now_ns / kMillisecond) * 1000 * watts};
}

// What the channels say of a stretch of about a second.
std::vector<ChannelEnergy> second(Driven& driven) {
  EdgeFinder finder = driven.finder();
  finder.seek(0);
  EXPECT_TRUE(driven.find(finder));
  const Edge begin = finder.edge();
  while (finder.next_ns() < 1000 * kMillisecond) driven.find(finder, 1);
  driven.clock.wait_until(1000 * kMillisecond);
  finder.seek(driven.clock.now_ns());
  EXPECT_TRUE(driven.find(finder));
  return energy_between(finder.channels(), finder.primary(), begin, finder.edge());
}

}  // namespace

TEST(PackageSum, IsOfTheSocketsAndNotOfTheirDramOrThePlatform) {
  MadeTree tree;
  make_sockets(tree);
  VirtualClock clock, meter_clock;
  std::vector<std::unique_ptr<Meter>> meters;
  meters.push_back(tree.open("powercap"));
  VirtualSampler sampler(clock, meter_clock, std::move(meters), Seconds{0.005});
  const std::span<const Channel> channels = sampler.channels();
  ASSERT_EQ(sampler.primary(), 5);
  const Channel& sum = channels[5];
  EXPECT_EQ(sum.name, "powercap/packages");
  EXPECT_EQ(sum.domain, "packages");
  EXPECT_EQ(sum.within, "powercap/psys");
  EXPECT_EQ(sum.note, "the sum of powercap/package-0, powercap/package-1");
  const Containment containment(channels);
  EXPECT_TRUE(containment.overlap(5, 0));
  std::string why_not;
  const std::string twice[] = {"powercap/packages", "powercap/package-1"};
  EXPECT_FALSE(containment.sum(twice, why_not));
  EXPECT_EQ(why_not, "powercap/packages contains powercap/package-1 already");
}

TEST(PackageSum, AddsWhatTheSocketsUsed) {
  Driven driven;
  FunctionMeter& meter = driven.add_meter();
  meter.add(package("perf/package-0"), [](std::int64_t now_ns) { return counting(60, now_ns); });
  Channel small = package("perf/package-1");
  small.wrap = 25'000'000;  // uJ: at 100 W every 0.25 s
  meter.add(small, [](std::int64_t now_ns) {
    Reading reading = counting(100, now_ns);
    reading.raw %= 25'000'000;
    return reading;
  });
  const auto energies = second(driven);
  ASSERT_EQ(energies.size(), 3u);
  EXPECT_NEAR(energies[2].peak.value, 160, 3);  // an update of 1 ms in 0.1 s
  EXPECT_EQ(energies[2].channel, 2);
  const double length_s = energies[0].gross.value / 60;
  EXPECT_NEAR(length_s, 1, 0.01);
  EXPECT_NEAR(energies[2].gross.value, 160 * length_s, 1e-6);
  EXPECT_NEAR(static_cast<double>(energies[2].raw_end - energies[2].raw_begin), 160e9 * length_s,
              1e3);
  // The other package may be a period of 1 ms behind: 160 W x 1 ms / sqrt(6).
  EXPECT_GT(energies[2].u_edge.value, 160e-3 / std::sqrt(6.0));
}

TEST(PackageSum, HasNoJoulesWhereOneSocketFails) {
  Driven driven;
  FunctionMeter& meter = driven.add_meter();
  meter.add(package("perf/package-0"), [](std::int64_t now_ns) { return counting(60, now_ns); });
  meter.add(package("perf/package-1"), [](std::int64_t now_ns) {
    Reading reading = counting(100, now_ns);
    if (now_ns > 500'000'000) reading.error = EIO;
    return reading;
  });
  const auto energies = second(driven);
  EXPECT_TRUE(std::isnan(energies[2].gross.value));
  EXPECT_FALSE(std::isnan(energies[0].gross.value));
}

TEST(PackageSum, OfOnePackageIsNone) {
  std::vector<Channel> channels = {package("perf/package-0")};
  EXPECT_FALSE(sum_packages(channels, 0));
  EXPECT_EQ(channels[0].within, "");
}

TEST(PackageSum, IsOfOneMeterAlone) {
  std::vector<Channel> channels = {package("perf/package-0"), package("msr/package-1")};
  EXPECT_FALSE(sum_packages(channels, 0));
}

TEST(PackageSum, NamesTheGainsOfAllPackages) {
  std::vector<Channel> channels = {package("perf/package-0"), package("perf/package-1")};
  const auto sum = sum_packages(channels, 0);
  ASSERT_TRUE(sum);
  EXPECT_EQ(sum->channel.gain_group, "rapl/package-0 + rapl/package-1");
  EXPECT_EQ(sum->channel.gain_relative, 0.05);
  EXPECT_EQ(channels[1].within, "perf/packages");
}

}  // namespace ergon
