#include <gtest/gtest.h>

#include <cerrno>
#include <functional>

#include "harness/record/record.h"
#include "tests/harness/meter/made_tree.h"

namespace ergon {
namespace {

constexpr char kFolder[] = "sys/cray/pm_counters/";
constexpr std::int64_t kStampUs = 1'700'000'000'000'000;

void write_file(const MadeTree& tree, const std::string& file, const std::string& text) {
  tree.write(kFolder + file, text);
}

void write_energy(const MadeTree& tree, const std::string& file, std::uint64_t joules,
                  std::int64_t stamp_us) {
  write_file(tree, file, std::to_string(joules) + " J " + std::to_string(stamp_us) + " us\n");
}

// A blade of one CPU and two accelerators.
void write_blade(const MadeTree& tree) {
  write_file(tree, "freshness", "100\n");
  write_file(tree, "startup", "1699999999\n");
  write_file(tree, "generation", "7\n");
  write_file(tree, "raw_scan_hz", "10\n");
  write_file(tree, "version", "1\n");
  write_energy(tree, "energy", 1'000'000, kStampUs);
  write_energy(tree, "cpu_energy", 300'000, kStampUs);
  write_energy(tree, "memory_energy", 50'000, kStampUs);
  write_energy(tree, "accel0_energy", 250'000, kStampUs);
  write_energy(tree, "accel1_energy", 260'000, kStampUs);
}

// A clock that lets the controller write while the meter, which asks for the time amid its
// counters, is reading them.
class MeddlingClock final : public Clock {
 public:
  std::int64_t now_ns() noexcept override {
    if (meddle) meddle();
    return time_ns;
  }
  void wait_until(std::int64_t) override {}

  std::function<void()> meddle;
  std::int64_t time_ns = 5'000'000'000;
};

std::string reason(const MadeTree& tree) {
  std::string why_not;
  EXPECT_EQ(tree.open("cray_pm", why_not), nullptr);
  return why_not;
}

}  // namespace

TEST(CrayPm, ReadsTheNodeAndItsPartsWithinIt) {
  MadeTree tree;
  write_blade(tree);
  const auto meter = tree.open("cray_pm");
  EXPECT_EQ(channel_names(*meter),
            "cray_pm/node cray_pm/node/cpu cray_pm/node/memory cray_pm/node/accelerator-0 "
            "cray_pm/node/accelerator-1");
  EXPECT_EQ(meter->channels()[0].within, "");
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(meter->channels()[i].within, "cray_pm/node");
  EXPECT_DOUBLE_EQ(meter->channels()[0].scale, 1);
  EXPECT_DOUBLE_EQ(meter->channels()[0].resolution, 1);
  EXPECT_DOUBLE_EQ(meter->channels()[0].update_period.value, 0.1);
  EXPECT_EQ(read_all(*meter)[4].raw, 260'000u);
}

TEST(CrayPm, PutsSingleCpusWithinTheirSumWhereThereIsOne) {
  MadeTree tree;
  write_blade(tree);
  write_energy(tree, "cpu0_energy", 100, kStampUs);
  write_energy(tree, "cpu1_energy", 100, kStampUs);
  EXPECT_EQ(channel_of(*tree.open("cray_pm"), "cray_pm/node/cpu-1").within, "cray_pm/node/cpu");
  tree.remove(std::string(kFolder) + "cpu_energy");
  EXPECT_EQ(channel_of(*tree.open("cray_pm"), "cray_pm/node/cpu-1").within, "cray_pm/node");
}

TEST(CrayPm, TakesTheScanRateFromTheFile) {
  MadeTree tree;
  write_blade(tree);
  write_file(tree, "raw_scan_hz", "20\n");
  EXPECT_DOUBLE_EQ(tree.open("cray_pm")->channels()[0].update_period.value, 0.05);
}

// What lies between two readings is told by the stamps, however late the readings came.
TEST(CrayPm, TellsTimeByItsOwnStamps) {
  MadeTree tree;
  write_blade(tree);
  MeddlingClock clock;
  const auto meter = tree.open("cray_pm", &clock);
  const std::int64_t first_ns = read_all(*meter)[0].time_ns;
  EXPECT_EQ(first_ns, 5'000'000'000);
  clock.time_ns += 10'030'000'000;  // read 30 ms after the update
  write_energy(tree, "energy", 1'005'000, kStampUs + 10'000'000);
  EXPECT_EQ(read_all(*meter)[0].time_ns - first_ns, 10'000'000'000 + 1'003'000);
}

// Or the sampler would take every look for an update.
TEST(CrayPm, GivesOneStampOneTime) {
  MadeTree tree;
  write_blade(tree);
  MeddlingClock clock;
  const auto meter = tree.open("cray_pm", &clock);
  const std::int64_t first_ns = read_all(*meter)[0].time_ns;
  clock.time_ns += 90'000'000;
  EXPECT_EQ(read_all(*meter)[0].time_ns, first_ns);
  clock.time_ns += 20'000'000;
  write_energy(tree, "energy", 1'000'050, kStampUs + 100'000);
  EXPECT_EQ(read_all(*meter)[0].time_ns, first_ns + 100'000'000 + 11'000);  // and 100 ppm
}

TEST(CrayPm, TakesTheQuickestReadingForTheClocksOffset) {
  MadeTree tree;
  write_blade(tree);
  MeddlingClock clock;
  const auto meter = tree.open("cray_pm", &clock);
  clock.time_ns += 80'000'000;  // the first is read 80 ms after its stamp
  const std::int64_t first_ns = read_all(*meter)[0].time_ns;
  clock.time_ns += 20'000'000;  // the next at once
  write_energy(tree, "energy", 1'000'050, kStampUs + 100'000);
  EXPECT_EQ(read_all(*meter)[0].time_ns, first_ns + 20'000'000);
  EXPECT_EQ(read_all(*meter)[0].time_ns, clock.time_ns);
}

TEST(CrayPm, ReadsAgainWhereTheControllerWroteMeanwhile) {
  MadeTree tree;
  write_blade(tree);
  MeddlingClock clock;
  const auto meter = tree.open("cray_pm", &clock);
  int calls = 0;
  clock.meddle = [&] {
    if (++calls > 1) return;  // once: half of the set was read before
    write_file(tree, "freshness", "101\n");
    write_energy(tree, "energy", 1'000'090, kStampUs + 100'000);
    write_energy(tree, "cpu_energy", 300'030, kStampUs + 100'000);
  };
  const auto readings = read_all(*meter);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(readings[0].error, 0);
  EXPECT_EQ(readings[0].raw, 1'000'090u);
  EXPECT_EQ(readings[1].raw, 300'030u);
}

TEST(CrayPm, FailsWhereTheControllerNeverStopsWriting) {
  MadeTree tree;
  write_blade(tree);
  MeddlingClock clock;
  const auto meter = tree.open("cray_pm", &clock);
  int freshness = 100;
  clock.meddle = [&] { write_file(tree, "freshness", std::to_string(++freshness) + "\n"); };
  for (const Reading& reading : read_all(*meter)) EXPECT_EQ(reading.error, EAGAIN);
  EXPECT_EQ(freshness, 104);
}

TEST(CrayPm, FailsOnceWhereTheControllerStartedAgain) {
  MadeTree tree;
  write_blade(tree);
  const auto meter = tree.open("cray_pm");
  EnergyTally tally(*meter, "cray_pm/node");
  EXPECT_EQ(tally.read(), 0u);
  write_file(tree, "startup", "1700000001\n");
  write_energy(tree, "energy", 12, kStampUs + 1'000'000);  // counts from zero again
  EXPECT_EQ(tally.read(), kReadFailed);
  EXPECT_EQ(tally.last().error, ESTALE);
  EXPECT_EQ(tally.read(), kBackwardCounter);
  write_energy(tree, "energy", 512, kStampUs + 2'000'000);
  EXPECT_EQ(tally.read(), 0u);
  EXPECT_EQ(tally.joules(), 500);
}

// A controller that started again may have counted past the old number before anyone looked.
TEST(CrayPm, SeesARestartAtEveryPhaseOfTheCounter) {
  MadeTree tree;
  write_blade(tree);
  const auto meter = tree.open("cray_pm");
  for (std::uint64_t joules = 0; joules < 10'000; ++joules) {
    write_energy(tree, "energy", joules * 200, kStampUs);
    write_file(tree, "startup", std::to_string(joules) + "\n");
    ASSERT_EQ(read_all(*meter)[0].error, ESTALE) << joules;
  }
}

TEST(CrayPm, FailsOnceWhereThePowerCapWasSetAnew) {
  MadeTree tree;
  write_blade(tree);
  const auto meter = tree.open("cray_pm");
  write_file(tree, "generation", "8\n");
  EXPECT_EQ(read_all(*meter)[0].error, ESTALE);
  EXPECT_EQ(read_all(*meter)[0].error, 0);
}

TEST(CrayPm, FailsACounterThatIsGarbageOrCutShortAndKeepsTheRest) {
  MadeTree tree;
  write_blade(tree);
  const auto meter = tree.open("cray_pm");
  for (const char* const text :
       {"", "J\n", "1000001", "1000001 W 1700000000000000 us\n", "1000001 J 17000000",
        "1000001 J 1700000000000000 u", "-5 J 1700000000000000 us\n", "1000001 J -17 us\n",
        "1000001 J 9223372036854775807 us\n", "99999999999999999999 J 1 us\n"}) {
    write_file(tree, "energy", text);
    const auto readings = read_all(*meter);
    EXPECT_EQ(readings[0].error, EINVAL) << text;
    EXPECT_EQ(readings[1].error, 0);
    EXPECT_EQ(readings[1].raw, 300'000u);
  }
}

TEST(CrayPm, FailsReadingsOfADriverThatVanished) {
  MadeTree tree;
  write_blade(tree);
  ShortLivedProcess driver;
  tree.remove(std::string(kFolder) + "freshness");
  tree.link(std::string(kFolder) + "freshness", driver.number_file());
  const auto meter = tree.open("cray_pm");
  driver.end();
  for (const Reading& reading : read_all(*meter)) EXPECT_EQ(reading.error, ESRCH);
}

TEST(CrayPm, TellsThatThisIsNoCray) {
  MadeTree tree;
  EXPECT_EQ(reason(tree),
            "cray_pm: /sys/cray/pm_counters is not there: this is no HPE Cray node, or a container "
            "hides it (mount /sys/cray into it)");
}

TEST(CrayPm, RefusesCountersThatItCannotReadAsOne) {
  MadeTree tree;
  write_blade(tree);
  tree.remove(std::string(kFolder) + "freshness");
  EXPECT_EQ(reason(tree),
            "cray_pm: /sys/cray/pm_counters/{freshness,startup,generation}: No such file or "
            "directory; without them a reading is not known to be whole: ask the site's "
            "administrator");
}

TEST(CrayPm, TellsWhichFilesAreForbidden) {
  MadeTree tree;
  write_blade(tree);
  for (const char* const file : {"cpu_energy", "memory_energy", "accel0_energy", "accel1_energy"}) {
    tree.remove(std::string(kFolder) + file);
  }
  tree.forbid(std::string(kFolder) + "energy");
  WithoutRights nobody;
  EXPECT_EQ(reason(tree), "cray_pm: /sys/cray/pm_counters/energy: Permission denied");
}

}  // namespace ergon
