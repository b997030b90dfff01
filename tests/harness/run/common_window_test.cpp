#include "harness/run/common_window.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ergon {
namespace {

constexpr std::int64_t kMs = 1'000'000;

// A node whose clock is ahead by `ahead_ms`, drawing `watts` over [begin, end] ms of the run's.
LoadedPart part(int node, double watts, std::int64_t begin_ms, std::int64_t end_ms,
                std::int64_t ahead_ms = 0) {
  LoadedPart made;
  made.node = {.node = node,
               .host = "n" + std::to_string(node),
               .ranks = 2,
               .first_channel = 1 + node,
               .primary = 1 + node,
               .clock = {.offset_ns = ahead_ms * kMs, .bound_ns = 50}};
  made.window.begin_ns = (begin_ms + ahead_ms) * kMs;
  made.window.end_ns = (end_ms + ahead_ms) * kMs;
  const double joules = watts * static_cast<double>(end_ms - begin_ms) * 1e-3;
  made.window.energy = {{.channel = 0, .gross = {joules}, .u_edge = {0.03}}};
  made.launches = 100 * (node + 1);
  return made;
}

RunInfo run_with(const char* name, Source source = Source::simulated) {
  RunInfo run;
  Channel& channel = run.channels.emplace_back();
  channel.name = name;
  channel.domain = "package";
  channel.source = source;
  channel.update_period = {0.001};
  channel.gain_relative = 0.02;
  channel.gain_group = "rapl";
  run.primary_channel = 0;
  return run;
}

}  // namespace

TEST(CommonWindow, IsWhatAllHaveInCommon) {
  const TimeSpan spans[] = {{0, 100}, {20, 130}, {-5, 90}};
  EXPECT_EQ(common_span(spans).begin_ns, 20);
  EXPECT_EQ(common_span(spans).end_ns, 90);
  const TimeSpan apart[] = {{0, 10}, {20, 30}};
  EXPECT_EQ(common_span(apart).length_ns(), 0);
}

TEST(CommonWindow, SumsTheNodesPowerOverIt) {
  const LoadedPart parts[] = {part(0, 50, 0, 100), part(1, 70, 10, 120, 5000)};
  const Window window = combine_windows(parts, 0);
  EXPECT_EQ(window.begin_ns, 10 * kMs);
  EXPECT_EQ(window.end_ns, 100 * kMs);
  ASSERT_EQ(window.energy.size(), 3u);
  EXPECT_EQ(window.energy[0].channel, 0);
  EXPECT_NEAR(window.energy[0].gross.value, 120 * 0.09, 1e-9);
  EXPECT_NEAR(window.energy[1].gross.value, 50 * 0.09, 1e-9);
  EXPECT_NEAR(window.energy[2].gross.value, 70 * 0.09, 1e-9);
  const double of_first = 0.03 * 0.9, of_second = 0.03 * 90 / 110;
  EXPECT_NEAR(window.energy[0].u_edge.value, std::hypot(of_first, of_second), 1e-12);
  EXPECT_EQ(window.launches, 300);
  EXPECT_EQ(window.invalid, 0u);
}

TEST(CommonWindow, KeepsWhatEachNodeMeasuredAndWhatWasCut) {
  const LoadedPart parts[] = {part(0, 50, 0, 100), part(1, 70, 10, 120, 5000)};
  const Window window = combine_windows(parts, 0);
  ASSERT_EQ(window.nodes.size(), 2u);
  const NodeWindow& second = window.nodes[1];
  EXPECT_EQ(second.channel, 2);
  EXPECT_EQ(second.host, "n1");
  EXPECT_EQ(second.ranks, 2);
  EXPECT_EQ(second.begin_ns, 10 * kMs);  // on the run's clock
  EXPECT_EQ(second.end_ns, 120 * kMs);
  EXPECT_NEAR(second.gross.value, 70 * 0.11, 1e-9);
  EXPECT_NEAR(second.cut.value, 70 * 0.02, 1e-9);
  EXPECT_EQ(second.launches, 200);
  EXPECT_EQ(second.clock_offset_ns, 5000 * kMs);
  EXPECT_EQ(second.clock_bound_ns, 50);
  EXPECT_NEAR(window.nodes[0].cut.value, 50 * 0.01, 1e-9);
}

TEST(CommonWindow, IsInvalidWhereAnyPartIsOrLittleIsInCommon) {
  LoadedPart parts[] = {part(0, 50, 0, 100), part(1, 70, 0, 100)};
  parts[1].window.invalid = kMigration;
  EXPECT_EQ(combine_windows(parts, 0).invalid, std::uint32_t{kMigration});
  const LoadedPart late[] = {part(0, 50, 0, 100), part(1, 70, 60, 160)};
  EXPECT_EQ(combine_windows(late, 0).invalid, std::uint32_t{kTooFewUpdates});
  const LoadedPart apart[] = {part(0, 50, 0, 100), part(1, 70, 200, 300)};
  const Window none = combine_windows(apart, 0);
  EXPECT_NE(none.invalid, 0u);
  EXPECT_TRUE(std::isnan(none.energy[0].gross.value));
}

TEST(CommonWindow, HasNoSumWhereANodeFailed) {
  LoadedPart parts[] = {part(0, 50, 0, 100), part(1, 70, 0, 100)};
  parts[1].window.energy[0].gross = {kNotKnown};
  EXPECT_TRUE(std::isnan(combine_windows(parts, 0).energy[0].gross.value));
}

TEST(CommonWindow, OfIdleStretchesNeedsNoCommonMoment) {
  const LoadedPart parts[] = {part(0, 20, 0, 100), part(1, 30, 500, 580)};
  const IdleStretch idle = combine_idle(parts, 0);
  EXPECT_EQ(idle.begin_ns, 0);
  EXPECT_EQ(idle.end_ns, 80 * kMs);
  EXPECT_NEAR(idle.energy[0].gross.value, 50 * 0.08, 1e-9);
  EXPECT_NEAR(idle.energy[1].gross.value, 20 * 0.08, 1e-9);
}

TEST(CommonWindow, NamesTheChannelsOfEachNode) {
  const RunInfo runs[] = {run_with("rapl/package-0"), run_with("rapl/package-0")};
  std::vector<LoadedNode> nodes = {{.node = 0, .host = "n1", .ranks = 2},
                                   {.node = 1, .host = "n2", .ranks = 1}};
  std::string unmeasured;
  const std::vector<Channel> all = combine_channels(runs, nodes, unmeasured);
  EXPECT_EQ(unmeasured, "");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].domain, "package of 2 nodes, 3 ranks");
  EXPECT_EQ(all[0].source, Source::simulated);
  EXPECT_EQ(all[0].gain_relative, 0.02);
  EXPECT_EQ(all[1].name, "rapl/package-0@n1.0");
  EXPECT_EQ(all[2].name, "rapl/package-0@n2.1");
  EXPECT_EQ(all[2].within, all[0].name);
  EXPECT_EQ(nodes[1].first_channel, 2);
  EXPECT_EQ(nodes[1].primary, 2);
}

TEST(CommonWindow, SumsNoSourcesThatDiffer) {
  const RunInfo runs[] = {run_with("a/load"), run_with("b/load", Source::measured)};
  std::vector<LoadedNode> nodes = {{.node = 0, .host = "n1"}, {.node = 1, .host = "n2"}};
  std::string unmeasured;
  EXPECT_EQ(combine_channels(runs, nodes, unmeasured).size(), 2u);
  EXPECT_NE(unmeasured.find("n1 and n2: their meters are of different sources"), std::string::npos);
}

TEST(CommonWindow, SaysWhichNodeHasNoMeter) {
  RunInfo runs[] = {run_with("a/load"), {}};
  runs[1].unmeasured_reason = "powercap: not there";
  std::vector<LoadedNode> nodes = {{.node = 0, .host = "n1"}, {.node = 1, .host = "n2"}};
  std::string unmeasured;
  EXPECT_EQ(combine_channels(runs, nodes, unmeasured).size(), 1u);
  EXPECT_EQ(unmeasured, "n2: powercap: not there");
  EXPECT_EQ(nodes[1].primary, -1);
}

TEST(CommonWindow, AddsUpWhatRanksDid) {
  const Activity activities[] = {
      {.elapsed = {1}, .cycles = 10, .frequency = {2e9}, .preemptions = 1, .migrations = 0},
      {.elapsed = {3}, .cycles = 30, .frequency = {4e9}, .preemptions = 2, .migrations = 1}};
  const Activity all = combine_activities(activities);
  EXPECT_EQ(all.cycles, 40);
  EXPECT_EQ(all.elapsed.value, 2);
  EXPECT_EQ(all.frequency.value, 3e9);
  EXPECT_EQ(all.preemptions, 3);
  EXPECT_EQ(all.migrations, 1);
  EXPECT_TRUE(std::isnan(all.instructions));
}

}  // namespace ergon
