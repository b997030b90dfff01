#include "harness/meter/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <vector>

#include "kernels/error.h"
#include "tests/harness/meter/made_tree.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

// Windows of 10 s at 100 W and 300 W; the external meter sees 1.05 times that and 80 W beside.
std::vector<CalibrationWindow> windows(int count, double noise, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> error(0, noise);
  std::vector<CalibrationWindow> made;
  for (int i = 0; i < count; ++i) {
    const double channel = i % 2 == 0 ? 1000 : 3000;
    made.push_back({Joules{1.05 * channel + 800 + error(random)}, Joules{channel}, Seconds{10}});
  }
  return made;
}

std::string error_of(const std::vector<CalibrationWindow>& made, Boundary boundary) {
  try {
    (void)fit_gain(made, boundary);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

Gain gain_of(double gain, double u_statistical = 0) {
  Gain made;
  made.gain = gain;
  made.u_statistical = u_statistical;
  return made;
}

}  // namespace

TEST(Gain, IsFoundBesideTheRestOfTheNode) {
  const Gain gain = fit_gain(windows(8, 0, 1), Boundary::wider);
  EXPECT_NEAR(gain.gain, 1.05, 1e-12);
  EXPECT_NEAR(gain.rest.value, 80, 1e-9);
  EXPECT_EQ(gain.windows, 8);
  EXPECT_LT(gain.u_statistical, 1e-9);
}

TEST(Gain, IsTheRatioOfJoulesWhereTheBoundaryIsTheSame) {
  std::vector<CalibrationWindow> made(5, {Joules{96}, Joules{100}, Seconds{1}});
  EXPECT_DOUBLE_EQ(fit_gain(made, Boundary::same).gain, 0.96);
  // Residuals 1, -1, 1, -1, 0 J over x^2 = 5e4 J^2 and 4 degrees of freedom.
  for (int i = 0; i < 4; ++i)
    made[static_cast<std::size_t>(i)].external += Joules{i % 2 ? -1. : 1.};
  EXPECT_NEAR(fit_gain(made, Boundary::same).u_statistical, std::sqrt(4.0 / 4 / 5e4), 1e-12);
}

TEST(Gain, StandardErrorIsTheScatterOfRepetitions) {
  double sum = 0, square = 0, stated = 0;
  constexpr int kRepetitions = 2000;
  for (int i = 0; i < kRepetitions; ++i) {
    const Gain gain = fit_gain(windows(12, 20, static_cast<unsigned>(i + 1)), Boundary::wider);
    sum += gain.gain / kRepetitions;
    square += gain.gain * gain.gain / kRepetitions;
    stated += gain.u_statistical * gain.u_statistical / kRepetitions;
  }
  EXPECT_NEAR(sum, 1.05, 0.0005);
  EXPECT_NEAR(std::sqrt(square - sum * sum) / std::sqrt(stated), 1, 0.05);
}

TEST(Gain, JoinsTheExternalMetersOwnUncertainty) {
  const Gain gain{
      .gain = 2, .u_statistical = 0.03, .u_external = 0.02, .rest = {}, .date = {}, .source = {}};
  EXPECT_DOUBLE_EQ(gain.u_gain(), 0.05);
}

TEST(Gain, IsRefusedWhereTheDataCannotCarryIt) {
  EXPECT_EQ(error_of(windows(4, 0, 1), Boundary::same), "calibrate: 4 windows; 5 are needed");
  const std::vector<CalibrationWindow> alike(6, {Joules{180}, Joules{100}, Seconds{1}});
  EXPECT_NE(error_of(alike, Boundary::wider).find("cannot be told apart"), std::string::npos);
  auto holed = windows(6, 0, 1);
  holed[2].external = Joules{std::numeric_limits<double>::quiet_NaN()};
  EXPECT_NE(error_of(holed, Boundary::wider).find("window 2 has nan J external"),
            std::string::npos);
  std::vector<CalibrationWindow> falling;
  for (int i = 0; i < 6; ++i) {
    falling.push_back({Joules{1000.0 - 100 * i}, Joules{100.0 + 100 * i}, Seconds{1}});
  }
  EXPECT_NE(error_of(falling, Boundary::wider).find("is the trace of this load?"),
            std::string::npos);
}

TEST(Calibrations, AreWrittenAndReadWhole) {
  const TemporaryFolder temporary;
  const fs::path path = temporary.path() / "deep" / "calibrations.json";
  EXPECT_TRUE(read_calibrations(path).empty());
  const Gain gain{.gain = 1.043,
                  .u_statistical = 0.002,
                  .u_external = 0.001,
                  .rest = Watts{81.5},
                  .windows = 12,
                  .date = "2024-05-01",
                  .source = "wall.csv"};
  write_calibrations(path, {{"nvml/GPU-1", gain}});
  const Calibrations read = read_calibrations(path);
  ASSERT_EQ(read.size(), 1u);
  const Gain& back = read.at("nvml/GPU-1");
  EXPECT_EQ(back.gain, 1.043);
  EXPECT_EQ(back.u_statistical, 0.002);
  EXPECT_EQ(back.u_external, 0.001);
  EXPECT_EQ(back.rest, Watts{81.5});
  EXPECT_EQ(back.windows, 12);
  EXPECT_EQ(back.date, "2024-05-01");
  EXPECT_EQ(back.source, "wall.csv");
  for (const auto& entry : fs::directory_iterator(path.parent_path())) {
    EXPECT_EQ(entry.path(), path) << "left behind";
  }
}

TEST(Calibrations, OfAnotherSchemaAreRefused) {
  const TemporaryFolder temporary;
  const fs::path& folder = temporary.path();
  for (const char* text : {"{\"schema\": \"ergon-calibrations-9\", \"gains\": {}}", "{", "[]",
                           "{\"schema\": \"ergon-calibrations-1\", \"gains\": {\"a\": {}}}"}) {
    std::ofstream(folder / "a.json") << text;
    EXPECT_THROW((void)read_calibrations(folder / "a.json"), Error) << text;
  }
}

TEST(Calibrations, ThatCannotBeWrittenAreAnError) {
  const TemporaryFolder temporary;
  const fs::path& folder = temporary.path();
  std::ofstream(folder / "file") << "x";
  EXPECT_THROW(write_calibrations(folder / "file" / "a.json", {}), Error);
}

TEST(Calibrations, GoIntoTheScaleOfTheChannelsOfTheirDevice) {
  const Calibrations calibrations{{"nvml/GPU-1", Gain{.gain = 1.1,
                                                      .u_statistical = 0.011,
                                                      .rest = {},
                                                      .date = "2024-05-01",
                                                      .source = "wall.csv"}}};
  Channel channel;
  channel.scale = channel.resolution = 1e-3;
  channel.gain_relative = 0.05;
  channel.gain_group = "nvml/GPU-1";
  channel.note = "before";
  EXPECT_TRUE(apply_gain(channel, calibrations));
  EXPECT_DOUBLE_EQ(channel.scale, 1.1e-3);
  EXPECT_DOUBLE_EQ(channel.resolution, 1.1e-3);
  EXPECT_DOUBLE_EQ(channel.gain_relative, 0.01);
  EXPECT_EQ(channel.note, "before; calibrated 2024-05-01: gain 1.1000 +- 0.0110 (k = 1), wall.csv");
  channel.gain_group = "nvml/GPU-2";
  EXPECT_FALSE(apply_gain(channel, calibrations));
  channel.gain_group = "";
  EXPECT_FALSE(apply_gain(channel, {{"", Gain{}}}));
}

TEST(Calibrations, GoOnTopOfTheOneThatTheRunHad) {
  Channel channel;
  channel.gain_group = "a: rapl/package-0 + a: rapl/package-1";
  channel.gain = 1.25;
  Calibrations calibrations;
  keep_gain(calibrations, channel, gain_of(0.8, 0.008));
  ASSERT_EQ(calibrations.size(), 2u);
  EXPECT_DOUBLE_EQ(calibrations.at("a: rapl/package-1").gain, 1);
  EXPECT_DOUBLE_EQ(calibrations.at("a: rapl/package-0").u_statistical, 0.01);
  // The source's own 100 J, read as 125 J then, are 100 J now.
  Channel fresh;
  fresh.gain_group = "a: rapl/package-0";
  EXPECT_TRUE(apply_gain(fresh, calibrations));
  EXPECT_DOUBLE_EQ(fresh.scale, 1);
}

TEST(Calibrations, AreOfOneMachineAmongThoseThatShareAHome) {
  MadeTree tree;
  tree.write("proc/sys/kernel/hostname", "node07\n");
  tree.write("sys/class/powercap/intel-rapl:0/name", "package-0\n");
  tree.write("sys/class/powercap/intel-rapl:0/energy_uj", "1000000\n");
  const Calibrations calibrations{{"node07: rapl/package-0", gain_of(1.05)},
                                  {"node08: rapl/package-0", gain_of(0.95)}};
  const auto here = calibrated(tree.open("powercap"), calibrations, tree.root());
  EXPECT_DOUBLE_EQ(here->channels()[0].gain, 1.05);
  EXPECT_DOUBLE_EQ(here->channels()[0].scale, 1.05e-6);
  EXPECT_EQ(here->channels()[0].gain_group, "node07: rapl/package-0");
  tree.write("proc/sys/kernel/hostname", "node09\n");
  const auto there = calibrated(tree.open("powercap"), calibrations, tree.root());
  EXPECT_DOUBLE_EQ(there->channels()[0].gain, 1);
  EXPECT_EQ(there->channels()[0].gain_group, "node09: rapl/package-0");
}

TEST(Calibrations, LieWhereTheEnvironmentSays) {
  ::setenv("ERGON_CALIBRATIONS", "/a/b.json", 1);
  EXPECT_EQ(calibrations_path(), "/a/b.json");
  ::unsetenv("ERGON_CALIBRATIONS");
  ::setenv("XDG_DATA_HOME", "/data", 1);
  EXPECT_EQ(calibrations_path(), "/data/ergon/calibrations.json");
  ::unsetenv("XDG_DATA_HOME");
}

}  // namespace ergon
