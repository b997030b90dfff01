#include "harness/meter/external_trace.h"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "harness/meter/external_csv.h"
#include "kernels/error.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

std::string error_of(std::string_view text, std::string_view column = {}) {
  try {
    (void)parse_trace_csv(text, "wall.csv", column);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

void write_set(hid_t file, const char* name, const std::vector<double>& values) {
  const hsize_t extent[] = {values.size()};
  const hid_t space = H5Screate_simple(1, extent, nullptr);
  const hid_t set =
      H5Dcreate2(file, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  H5Dclose(set);
  H5Sclose(space);
}

void write_hdf5(const std::filesystem::path& path, const std::vector<double>& times,
                const std::vector<double>& powers) {
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  write_set(file, "time_s", times);
  write_set(file, "power_mW", powers);
  H5Fclose(file);
}

}  // namespace

TEST(Trace, ReadsPowerInItsUnit) {
  const Trace trace = parse_trace_csv(
      "# a comment\n\ntime_ms, voltage_V ,power_mW\n0,230,1000\n500,230,1500\r\n", "wall.csv");
  EXPECT_EQ(trace.measure, Measure::power);
  EXPECT_EQ(trace.base, TimeBase::relative);
  EXPECT_EQ(trace.time_ns, (std::vector<std::int64_t>{0, 500'000'000}));
  EXPECT_EQ(trace.value, (std::vector<double>{1.0, 1.5}));
}

TEST(Trace, ReadsEnergyInWattHours) {
  const Trace trace = parse_trace_csv("time_s,energy_Wh\n0,0\n3600,2\n", "wall.csv");
  EXPECT_EQ(trace.measure, Measure::energy);
  EXPECT_EQ(trace.value, (std::vector<double>{0.0, 7200.0}));
}

TEST(Trace, ReadsIsoTimesWithTheirZone) {
  const Trace trace = parse_trace_csv(
      "time,power_W\n2024-05-01T12:00:00.25Z,1\n2024-05-01 14:00:01+02:00,1\n"
      "2024-05-01T08:30:02.000000001-0330,1\n",
      "wall.csv");
  EXPECT_EQ(trace.base, TimeBase::epoch);
  EXPECT_EQ(trace.time_ns,
            (std::vector<std::int64_t>{1'714'564'800'250'000'000, 1'714'564'801'000'000'000,
                                       1'714'564'802'000'000'001}));
}

TEST(Trace, TakesLargeNumbersForUnixTime) {
  const Trace trace = parse_trace_csv("time,power_W\n1714564800,1\n1714564801,1\n", "wall.csv");
  EXPECT_EQ(trace.base, TimeBase::epoch);
  EXPECT_EQ(trace.time_ns.front(), 1'714'564'800'000'000'000);
}

TEST(Trace, NamesTheLineThatIsWrong) {
  const std::string head = "time_s,power_W\n0,1\n";
  EXPECT_EQ(error_of(head + "1,x\n"), "wall.csv:3: the value is not a finite number: '1,x'");
  EXPECT_EQ(error_of(head + "1,nan\n"), "wall.csv:3: the value is not a finite number: '1,nan'");
  EXPECT_EQ(error_of(head + "1,-3\n"), "wall.csv:3: the value is negative: '1,-3'");
  EXPECT_EQ(error_of(head + "1\n"),
            "wall.csv:3: the line has not as many columns as the header: '1'");
  EXPECT_EQ(error_of(head + "\n#\n0,2\n"), "wall.csv:5: the time does not go on: '0,2'");
  EXPECT_EQ(error_of(head + "1e30,2\n"), "wall.csv:3: the time is out of range: '1e30,2'");
  EXPECT_EQ(error_of(head + "1714564800,2\n"),
            "wall.csv:3: the times are partly of the epoch and partly not: '1714564800,2'");
  EXPECT_EQ(error_of("time_s,energy_J\n0,5\n1,4\n"),
            "wall.csv:3: the energy goes back: the meter was reset here; cut the trace in two: "
            "'1,4'");
  EXPECT_EQ(error_of("time,power_W\n2024-05-01T12:00:00,1\n"),
            "wall.csv:2: a date needs its zone at the end: Z or +02:00: '2024-05-01T12:00:00,1'");
  EXPECT_EQ(error_of("time,power_W\n2024-02-30T12:00:00Z,1\n"),
            "wall.csv:2: there is no such date and time: '2024-02-30T12:00:00Z,1'");
  EXPECT_EQ(error_of(head), "wall.csv: 1 samples; a trace needs 2");
  EXPECT_EQ(error_of(""), "wall.csv: empty; a trace begins with a header: time_s,power_W");
}

TEST(Trace, AsksWhichColumnWhereThereAreTwo) {
  const std::string text = "time_s,power_W,energy_J\n0,1,0\n1,1,1\n";
  EXPECT_EQ(error_of(text),
            "wall.csv:1: 2 value columns (power_W, energy_J); say which one to take");
  EXPECT_EQ(parse_trace_csv(text, "wall.csv", "energy_J").measure, Measure::energy);
  EXPECT_EQ(error_of("time_s,watts\n0,1\n").substr(0, 67),
            "wall.csv:1: no value column among 'time_s,watts'; name one of power");
  EXPECT_EQ(
      error_of("seconds,power_W\n0,1\n"),
      "wall.csv:1: no time column among 'seconds,power_W'; name one of time, time_s, time_ms, "
      "time_us, time_ns");
}

TEST(Trace, IntegratesPowerByTrapezoids) {
  const Trace trace = parse_trace_csv("time_s,power_W\n0,0\n1,10\n2,10\n3,30\n", "wall.csv");
  EXPECT_DOUBLE_EQ(energy_between(trace, 0, 3'000'000'000).value, 35.0);
  EXPECT_DOUBLE_EQ(energy_between(trace, 500'000'000, 1'500'000'000).value, 8.75);
  EXPECT_DOUBLE_EQ(energy_between(trace, 2'500'000'000, 3'000'000'000).value, 12.5);
}

TEST(Trace, DifferencesEnergy) {
  const Trace trace = parse_trace_csv("time_s,energy_J\n0,100\n1,110\n2,140\n", "wall.csv");
  EXPECT_DOUBLE_EQ(energy_between(trace, 500'000'000, 1'500'000'000).value, 20.0);
}

TEST(Trace, HasNoJoulesWhereItDoesNotReachOrHasAGap) {
  const Trace trace =
      parse_trace_csv("time_s,power_W\n0,1\n1,1\n2,1\n3,1\n14,1\n15,1\n16,1\n", "wall.csv");
  EXPECT_TRUE(std::isnan(energy_between(trace, -1, 1'000'000'000).value));
  EXPECT_TRUE(std::isnan(energy_between(trace, 15'000'000'000, 16'000'000'001).value));
  EXPECT_TRUE(std::isnan(energy_between(trace, 2'000'000'000, 15'000'000'000).value));
  EXPECT_DOUBLE_EQ(energy_between(trace, 0, 3'000'000'000).value, 3.0);
  EXPECT_DOUBLE_EQ(energy_between(trace, 14'000'000'000, 16'000'000'000).value, 2.0);
}

TEST(Trace, ReadsHdf5LikeCsv) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "wall.h5";
  write_hdf5(path, {0, 1, 2.5}, {1000, 2000, 3000});
  const Trace trace = read_trace(path);
  EXPECT_EQ(trace.time_ns, (std::vector<std::int64_t>{0, 1'000'000'000, 2'500'000'000}));
  EXPECT_EQ(trace.value, (std::vector<double>{1.0, 2.0, 3.0}));
}

TEST(Trace, SaysWhatIsWrongInHdf5) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "backward.h5";
  write_hdf5(path, {0, 1, 1}, {1000, 2000, 3000});
  try {
    (void)read_trace(path);
    FAIL() << "read a time that stands still";
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), path.string() + ": sample 2: the time does not go on");
  }
}

TEST(Trace, RefusesAFileThatIsNotThere) {
  EXPECT_THROW((void)read_trace("/nonexistent/wall.csv"), Error);
}

}  // namespace ergon
