#include "harness/meter/replay.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>

#include "harness/meter/accumulator.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

Channel channel_named(const char* name, Source source) {
  Channel channel;
  channel.name = name;
  channel.source = source;
  channel.scale = 1e-6;
  channel.gain_relative = 0.05;
  channel.gain_group = "rapl/package-0";
  channel.note = "a trap";
  return channel;
}

// Two windows of 10-20 s and 20-30 s with 5 W, an idle stretch of 1-5 s with 1 W; the second
// channel failed.
Results one_run(Source source) {
  Results results;
  RunInfo run;
  run.channels = {channel_named("powercap/package-0", source),
                  channel_named("powercap/dram", source)};
  run.channels[1].within = "powercap/package-0";
  results.runs.push_back(run);
  const Joules failed{std::numeric_limits<double>::quiet_NaN()};
  IdleStretch idle{.run = 0, .begin_ns = 1 * kSecond, .end_ns = 5 * kSecond, .energy = {}};
  idle.energy.push_back(
      {.channel = 0, .raw_begin = 1'000'000, .raw_end = 5'000'000, .gross = Joules{4}});
  results.idle.push_back(idle);
  Record record;
  for (int i = 0; i < 2; ++i) {
    Window window{
        .begin_ns = (10 + 10 * i) * kSecond, .end_ns = (20 + 10 * i) * kSecond, .energy = {}};
    const std::uint64_t begin = 10'000'000 + 50'000'000ULL * static_cast<unsigned>(i);
    window.energy.push_back(
        {.channel = 0, .raw_begin = begin, .raw_end = begin + 50'000'000, .gross = Joules{50}});
    window.energy.push_back({.channel = 1, .raw_begin = 0, .raw_end = 0, .gross = failed});
    record.windows.push_back(window);
  }
  results.records.push_back(record);
  return results;
}

Reading read(Meter& meter) {
  std::vector<Reading> readings(meter.channels().size());
  meter.read(readings);
  return readings[0];
}

}  // namespace

TEST(Replay, TakesTheEdgesOfWindowsAndIdleStretches) {
  const auto found = recordings(one_run(Source::measured), 0);
  ASSERT_EQ(found.size(), 1u);  // the failed channel showed nothing
  EXPECT_EQ(found[0].time_ns, (std::vector<std::int64_t>{1 * kSecond, 5 * kSecond, 10 * kSecond,
                                                         20 * kSecond, 30 * kSecond}));
  EXPECT_EQ(found[0].raw, (std::vector<std::uint64_t>{1'000'000, 5'000'000, 10'000'000, 60'000'000,
                                                      110'000'000}));
}

TEST(Replay, ShowsAgainWhatWasShown) {
  VirtualClock clock;
  clock.advance(1000 * kSecond);
  const auto meter = make_replay(recordings(one_run(Source::measured), 0), "a.h5", clock);
  EXPECT_EQ(read(*meter).raw, 1'000'000u);
  EXPECT_EQ(read(*meter).time_ns, 1000 * kSecond);
  clock.advance(4 * kSecond - 1);
  EXPECT_EQ(read(*meter).raw, 1'000'000u);
  clock.advance(1);
  EXPECT_EQ(read(*meter).raw, 5'000'000u);
  EXPECT_EQ(read(*meter).time_ns, 1004 * kSecond);
  clock.advance(25 * kSecond);
  EXPECT_EQ(read(*meter).raw, 110'000'000u);
  EXPECT_EQ(read(*meter).error, 0);
  clock.advance(1);
  EXPECT_EQ(read(*meter).error, ENODATA);
}

TEST(Replay, GivesTheJoulesOfTheEarlierRun) {
  VirtualClock clock;
  const auto meter = make_replay(recordings(one_run(Source::measured), 0), "a.h5", clock);
  Accumulator accumulator(meter->channels()[0]);
  clock.advance(9 * kSecond);
  (void)accumulator.add(read(*meter), clock.now_ns());
  clock.advance(20 * kSecond);
  EXPECT_EQ(accumulator.add(read(*meter), clock.now_ns()), 0u);
  EXPECT_DOUBLE_EQ(accumulator.energy().value, 100);
}

TEST(Replay, CarriesTheStatusOfItsSourceAndSaysThatItIsAReplay) {
  VirtualClock clock;
  for (const Source source : {Source::measured, Source::estimated, Source::simulated}) {
    const auto meter = make_replay(recordings(one_run(source), 0), "a.h5", clock);
    const Channel& channel = meter->channels()[0];
    EXPECT_EQ(channel.source, source);
    EXPECT_EQ(channel.name, "replayed/powercap/package-0");
    EXPECT_EQ(channel.gain_relative, 0.05);
    EXPECT_EQ(channel.gain_group, "rapl/package-0");
    EXPECT_EQ(channel.note, "replayed from a.h5: " + std::string(source_name(source)) +
                                " there, not of what runs now; a trap");
  }
}

TEST(Replay, PlaysATraceFromATextFile) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "replay.csv";
  std::ofstream(path) << "time_s,power_W\n0,10\n1,20.5\n2,30\n";
  ::setenv("ERGON_REPLAY", path.c_str(), 1);
  std::string why_not;
  VirtualClock clock;
  const auto meter = meter::named("replay")->open({"/", {}, &clock}, why_not);
  ::unsetenv("ERGON_REPLAY");
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_EQ(meter->channels()[0].source, Source::imported);
  EXPECT_EQ(meter->channels()[0].measure, Measure::power);
  EXPECT_DOUBLE_EQ(meter->channels()[0].update_period.value, 1);
  clock.advance(kSecond);
  EXPECT_EQ(read(*meter).raw, 20'500'000u);
}

TEST(Replay, PlaysAResultFile) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "replay.h5";
  Results results = one_run(Source::simulated);
  results.records.clear();  // the idle stretch alone
  write_results(path, results);
  ::setenv("ERGON_REPLAY", path.c_str(), 1);
  std::string why_not;
  VirtualClock clock;
  const auto meter = meter::named("replay")->open({"/", {}, &clock}, why_not);
  ::unsetenv("ERGON_REPLAY");
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_EQ(meter->channels()[0].source, Source::simulated);
  EXPECT_EQ(read(*meter).raw, 1'000'000u);
}

TEST(Replay, SaysWhyThereIsNothingToReplay) {
  std::string why_not;
  VirtualClock clock;
  EXPECT_EQ(meter::named("replay")->open({"/", {}, &clock}, why_not), nullptr);
  EXPECT_EQ(why_not,
            "replay: nothing given; ERGON_REPLAY=results/a.h5 (or a CSV trace) names what to "
            "replay");
  ::setenv("ERGON_REPLAY", "/nonexistent/a.csv", 1);
  EXPECT_EQ(meter::named("replay")->open({"/", {}, &clock}, why_not), nullptr);
  EXPECT_NE(why_not.find("/nonexistent/a.csv: cannot be read"), std::string::npos) << why_not;
  ::unsetenv("ERGON_REPLAY");
}

}  // namespace ergon
