#include "harness/run/open_meters.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/temporary_folder.h"

namespace ergon {
namespace {

void make_package(const std::filesystem::path& root) {
  const auto zone = root / "sys/class/powercap/intel-rapl:0";
  std::filesystem::create_directories(zone);
  std::ofstream(zone / "name") << "package-0\n";
  std::ofstream(zone / "energy_uj") << "1\n";
}

std::vector<std::string> names(const OpenMeters& open) {
  std::vector<std::string> all;
  for (const auto& meter : open.meters) all.push_back(meter->channels()[0].name);
  return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST(OpenMeters, TakesAnEstimateOnlyWhereNothingMeasures) {
  const TemporaryFolder root;
  const std::vector<MeterRequest> requests = {{"powercap", {}}, {"estimate", {}}};
  const OpenMeters without = open_meters(requests, root.path());
  EXPECT_EQ(names(without), (Names{"estimate/process"}));
  ASSERT_EQ(without.closed.size(), 1u);
  EXPECT_TRUE(without.closed[0].starts_with("powercap: ")) << without.closed[0];
  make_package(root.path());
  const OpenMeters with = open_meters(requests, root.path());
  EXPECT_EQ(names(with), (Names{"powercap/package-0"}));
  EXPECT_TRUE(with.closed.empty());
}

TEST(OpenMeters, NeverMakesUpEnergyUnasked) {
  const TemporaryFolder root;
  const OpenMeters open = open_meters({}, root.path());
  EXPECT_TRUE(open.meters.empty());
  EXPECT_FALSE(open.closed.empty());
}

TEST(OpenMeters, HandsOnTheOptionsOfASweep) {
  const TemporaryFolder root;
  const std::vector<MeterRequest> wrong = {{"simulated", {{"watts", 1}, {"amplitude_watts", 2}}}};
  EXPECT_EQ(open_meters(wrong, root.path()).closed.size(), 1u);
}

TEST(OpenMeters, TakesDefaultsWhereASweepSetsNothing) {
  const TemporaryFolder root;
  const ProtocolOption wrong[] = {{"estimate", "watts", 7}, {"simulated", "amplitude_watts", 99}};
  const std::vector<MeterRequest> silent = {{"simulated", {{"watts", 1}}}};
  EXPECT_EQ(open_meters(silent, root.path(), wrong).closed.size(), 1u);  // power below zero
  const std::vector<MeterRequest> own = {{"simulated", {{"watts", 1}, {"amplitude_watts", 0}}}};
  EXPECT_TRUE(open_meters(own, root.path(), wrong).closed.empty());
}

}  // namespace ergon
