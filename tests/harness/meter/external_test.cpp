#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "harness/meter/meter.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

// The log of a wall meter, and the variable that names it.
class Log {
 public:
  explicit Log(const std::string& text) {
    std::ofstream(path_, std::ios::trunc) << text;
    ::setenv("ERGON_EXTERNAL_TRACE", path_.c_str(), 1);
  }
  ~Log() { ::unsetenv("ERGON_EXTERNAL_TRACE"); }
  void append(const std::string& text) { std::ofstream(path_, std::ios::app) << text; }
  void replace(const std::string& text) { std::ofstream(path_, std::ios::trunc) << text; }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  TemporaryFolder folder_;
  fs::path path_ = folder_.path() / "live.csv";
};

std::unique_ptr<Meter> open_external(std::string& why_not,
                                     const std::map<std::string, double>& options = {}) {
  const MeterType* type = meter::named("external");
  return open_meter(*type, options, "/", why_not);
}

Reading read(Meter& meter) {
  std::array<Reading, 1> readings;
  meter.read(readings);
  return readings[0];
}

}  // namespace

TEST(External, IsAbsentWhereNoTraceIsNamed) {
  std::string why_not;
  EXPECT_EQ(open_external(why_not), nullptr);
  EXPECT_EQ(why_not,
            "external: no trace given; ERGON_EXTERNAL_TRACE=wall.csv names the file that the "
            "external meter's logger appends to");
}

TEST(External, FollowsALogAsItGrows) {
  Log log("time_s,power_W\n0,100\n0.5,101\n1.0,102.5\n");
  std::string why_not;
  const auto meter = open_external(why_not);
  ASSERT_NE(meter, nullptr) << why_not;
  const Channel& channel = meter->channels()[0];
  EXPECT_EQ(channel.name, "external/live.csv");
  EXPECT_EQ(channel.source, Source::imported);
  EXPECT_EQ(channel.measure, Measure::power);
  EXPECT_DOUBLE_EQ(channel.update_period.value, 0.5);
  EXPECT_EQ(read(*meter).raw, 102'500'000u);
  log.append("1.5,200\n2.0,2");  // the logger is in the middle of a line
  EXPECT_EQ(read(*meter).raw, 200'000'000u);
  log.append("10\n");
  EXPECT_EQ(read(*meter).raw, 210'000'000u);
  EXPECT_EQ(read(*meter).time_ns, 0);
  EXPECT_EQ(read(*meter).error, 0);
}

TEST(External, PutsUnixTimesOnTheSteadyClock) {
  Log log("time_s,energy_J\n1714564800.0,5\n");
  std::string why_not;
  const auto meter = open_external(why_not, {{"clock_offset_s", 3}});
  const auto later = open_external(why_not, {{"clock_offset_s", 4.5}});
  ASSERT_NE(meter, nullptr) << why_not;
  ASSERT_NE(later, nullptr) << why_not;
  const std::int64_t apart_ns = read(*later).time_ns - read(*meter).time_ns;
  EXPECT_NEAR(static_cast<double>(apart_ns) * 1e-9, 1.5, 0.5);
  const auto utc = std::chrono::system_clock::now().time_since_epoch();
  const auto utc_ns = std::chrono::nanoseconds(utc).count();
  const double age_s = static_cast<double>(steady_clock().now_ns() - read(*meter).time_ns) * 1e-9;
  EXPECT_NEAR(age_s, static_cast<double>(utc_ns) * 1e-9 - 1714564800.0 - 3, 1.0);
}

TEST(External, TellsOfALineItCannotRead) {
  Log log("time_s,power_W\n0,100\n");
  std::string why_not;
  const auto meter = open_external(why_not);
  ASSERT_NE(meter, nullptr) << why_not;
  log.append("1,oops\n");
  EXPECT_EQ(read(*meter).error, EBADMSG);
  log.append("2,-5\n");
  EXPECT_EQ(read(*meter).error, EBADMSG);
  log.append("0,5\n");
  EXPECT_EQ(read(*meter).error, EBADMSG);
  log.append("3,120\n");
  EXPECT_EQ(read(*meter).error, 0);
  EXPECT_EQ(read(*meter).raw, 120'000'000u);
}

TEST(External, IsNeverSilentlyZero) {
  Log log("time_s,power_W\n");
  std::string why_not;
  const auto meter = open_external(why_not);
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_EQ(read(*meter).error, ENODATA);
  log.append("0,100\n");
  EXPECT_EQ(read(*meter).error, 0);
  log.replace("time_s\n");  // the logger was started anew
  EXPECT_EQ(read(*meter).error, ESTALE);
}

TEST(External, SaysWhyALogIsNone) {
  std::string why_not;
  {
    Log log("seconds,watts\n");
    EXPECT_EQ(open_external(why_not), nullptr);
    EXPECT_NE(why_not.find("no time column among 'seconds,watts'"), std::string::npos) << why_not;
  }
  {
    Log log("");
    EXPECT_EQ(open_external(why_not), nullptr);
    EXPECT_NE(why_not.find("no header line"), std::string::npos) << why_not;
  }
  Log log("");
  fs::remove(log.path());
  EXPECT_EQ(open_external(why_not), nullptr);
  EXPECT_NE(why_not.find("No such file"), std::string::npos) << why_not;
}

TEST(External, ReadsALongBacklog) {
  std::string text = "time_s,power_W\n";
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i) + ".25," + std::to_string(i) + "\n";
  Log log(text);
  std::string why_not;
  const auto meter = open_external(why_not);
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_DOUBLE_EQ(meter->channels()[0].update_period.value, 1.0);
  EXPECT_EQ(read(*meter).raw, 19'999'000'000u);
}

}  // namespace ergon
