#include "analysis/compare/compare.h"

#include <cmath>

#include <gtest/gtest.h>

#include "kernels/error.h"
#include "tests/analysis/compare/made_side.h"

namespace ergon {

namespace {

PairComparison compare(const Results& first, const Results& second,
                       const CompareOptions& options = {}) {
  static std::vector<SideData> sides;  // comparisons borrow them
  sides = {side_of_results(first, "first", EnergyKind::gross, 0.05),
           side_of_results(second, "second", EnergyKind::gross, 0.05)};
  return compare_sides(sides, options).front();
}

const Contrast& mean(const PairComparison& pair, Metric metric) {
  return pair.means.front().contrasts[index_of(metric)];
}

}  // namespace

TEST(Compare, TellsAFileFromItselfByNothing) {
  const Results file = MadeSide{}.results();
  const PairComparison pair = compare(file, file);
  EXPECT_EQ(pair.shapes.size(), 10u);
  for (const Metric metric : kMetrics) {
    EXPECT_EQ(mean(pair, metric).verdict, Verdict::same);
    EXPECT_DOUBLE_EQ(mean(pair, metric).ratio, 1);
  }
  EXPECT_TRUE(pair.changes.empty());
}

TEST(Compare, TellsTwoBuildsOnOneDeviceApart) {
  const PairComparison pair =
      compare(MadeSide{.run = 1}.results(), MadeSide{.joules = 1.05e-4, .run = 2}.results());
  EXPECT_TRUE(pair.one_sensor);
  EXPECT_EQ(mean(pair, Metric::energy).verdict, Verdict::higher);
  EXPECT_NEAR(mean(pair, Metric::energy).ratio, 1.05, 1e-4);
  EXPECT_GT(mean(pair, Metric::energy).low, 1.02);
  EXPECT_EQ(mean(pair, Metric::energy).u_gain, 0);
  EXPECT_EQ(mean(pair, Metric::time).verdict, Verdict::same);
  EXPECT_EQ(mean(pair, Metric::power).verdict, Verdict::higher);
  EXPECT_EQ(mean(pair, Metric::edp).verdict, Verdict::higher);
  const PairComparison turned =
      compare(MadeSide{.joules = 1.05e-4, .run = 2}.results(), MadeSide{.run = 1}.results());
  EXPECT_EQ(mean(turned, Metric::energy).verdict, Verdict::lower);
}

TEST(Compare, LeavesToTheSensorsWhatTheirGainCouldExplain) {
  const MadeSide first{.run = 1};
  MadeSide second{.joules = 1.05e-4, .gain_group = "board 2: sensor", .run = 2};
  const PairComparison pair = compare(first.results(), second.results());
  EXPECT_FALSE(pair.one_sensor);
  EXPECT_NEAR(pair.u_gain, 0.05 * std::sqrt(2.0), 1e-9);
  EXPECT_EQ(mean(pair, Metric::energy).verdict, Verdict::within_gain);
  EXPECT_GT(mean(pair, Metric::energy).low_without_gain, 1);
  EXPECT_LT(mean(pair, Metric::energy).low, 1);
  EXPECT_EQ(mean(pair, Metric::time).verdict, Verdict::same);
  // Joules that are twice as many no gain explains.
  second.joules = 2e-4;
  EXPECT_EQ(mean(compare(first.results(), second.results()), Metric::energy).verdict,
            Verdict::higher);
}

TEST(Compare, NarrowsVerdictsByACalibratedGain) {
  const MadeSide first{.gain_relative = 0.002, .run = 1};
  const MadeSide second{
      .joules = 1.05e-4, .gain_group = "board 2: sensor", .gain_relative = 0.002, .run = 2};
  const PairComparison pair = compare(first.results(), second.results());
  EXPECT_EQ(mean(pair, Metric::energy).verdict, Verdict::higher);
}

TEST(Compare, TakesOffACalibrationThatOneSideOfOneSensorHas) {
  const Results first = MadeSide{.run = 1}.results();
  Results second = MadeSide{.joules = 1.1e-4, .run = 2}.results();
  second.runs[0].channels[0].gain = 1.1;
  EXPECT_NEAR(mean(compare(first, second), Metric::energy).ratio, 1, 1e-4);
}

TEST(Compare, AssumesAGainWhereAFileStatesNone) {
  const PairComparison pair =
      compare(MadeSide{.gain_relative = 0, .run = 1}.results(),
              MadeSide{.gain_group = "board 2: sensor", .gain_relative = 0, .run = 2}.results());
  EXPECT_NEAR(pair.u_gain, 0.05 * std::sqrt(2.0), 1e-9);
  EXPECT_NE(pair.notes.back().find("assumed"), std::string::npos) << pair.notes.back();
  CompareOptions options;
  options.one_device = true;
  EXPECT_TRUE(compare(MadeSide{.run = 1}.results(),
                      MadeSide{.gain_group = "board 2: sensor", .run = 2}.results(), options)
                  .one_sensor);
}

TEST(Compare, NeverHoldsMeasuredJoulesAgainstOthers) {
  Results second = MadeSide{.source = Source::estimated, .run = 2}.results();
  for (Record& record : second.records) record.energy_status = EnergyStatus::estimated;
  const PairComparison pair = compare(MadeSide{.run = 1}.results(), second);
  for (const Metric metric : {Metric::energy, Metric::power, Metric::edp}) {
    EXPECT_EQ(mean(pair, metric).verdict, Verdict::not_comparable);
    EXPECT_EQ(mean(pair, metric).reason, "source: measured against estimated");
  }
  EXPECT_EQ(mean(pair, Metric::time).verdict, Verdict::same);
}

TEST(Compare, ComparesTimesWhereNothingWasMetered) {
  Results second = MadeSide{.run = 2}.results();
  second.runs[0].primary_channel = -1;
  second.runs[0].unmeasured_reason = "no meter";
  for (Record& record : second.records) {
    record.energy_status = EnergyStatus::unmeasured;
    for (Window& window : record.windows) window.energy.clear();
  }
  const PairComparison pair = compare(MadeSide{.run = 1}.results(), second);
  EXPECT_EQ(mean(pair, Metric::energy).reason, "second: energy unmeasured: no meter");
  EXPECT_EQ(mean(pair, Metric::time).verdict, Verdict::same);
}

TEST(Compare, SaysWhichConditionsDiffer) {
  Results second = MadeSide{.run = 2}.results();
  second.records[0].point.cold = true;
  second.records[1].point.fill.kind = Fill::Kind::zeros;
  second.records[2].point.weights_packed = true;
  second.records[3].point.threads = 7;
  second.records[4].point.problem.dtypes.a = Dtype::bf16;
  second.records.pop_back();
  const PairComparison pair = compare(MadeSide{.run = 1}.results(), second);
  ASSERT_EQ(pair.shapes.size(), 9u);
  EXPECT_EQ(pair.shapes[0].reason, "cold: no against yes");
  EXPECT_EQ(pair.shapes[1].reason, "fill: uniform against zeros");
  EXPECT_EQ(pair.shapes[2].reason, "weights: plain against packed");
  EXPECT_EQ(pair.shapes[3].reason, "threads: 1 against 7");
  EXPECT_EQ(pair.shapes[4].reason, "dtypes: f32,f32,f32,f32 against bf16,f32,f32,f32");
  EXPECT_EQ(pair.shapes[5].reason, "");
  EXPECT_EQ(pair.alone_first, 1);
}

TEST(Compare, SaysThatBoundariesDiffer) {
  Results second = MadeSide{.run = 2}.results();
  second.runs[0].channels[0].domain = "node";
  const PairComparison pair = compare(MadeSide{.run = 1}.results(), second);
  EXPECT_EQ(mean(pair, Metric::energy).reason, "boundary: package against node");
  EXPECT_EQ(mean(pair, Metric::time).verdict, Verdict::same);
}

TEST(Compare, ComparesAcrossKernelsWhereAsked) {
  Results second = MadeSide{.run = 2}.results();
  static Kernel other{};
  other.primitive = "gemm";
  other.name = "other";
  for (Record& record : second.records) record.point.kernel = &other;
  EXPECT_EQ(compare(MadeSide{}.results(), second).shapes[0].reason,
            "kernel: gemm/avx2 against gemm/other");
  CompareOptions options;
  options.pairing.across = {"kernel"};
  EXPECT_EQ(mean(compare(MadeSide{}.results(), second, options), Metric::time).verdict,
            Verdict::same);
  options.pairing.across = {"shape"};
  EXPECT_THROW((void)compare(MadeSide{}.results(), second, options), Error);
}

TEST(Compare, LearnsFromRunsInTurnWhatRunsDifferBy) {
  std::vector<Results> sides(2);
  for (std::uint64_t run = 0; run < 6; ++run) {
    Results fresh =
        MadeSide{.joules = 1e-4 * (1 + 0.02 * std::sin(5.0 * double(run))), .run = run}.results();
    fresh.runs[0].started_utc = "2024-01-01T0" + std::to_string(run) + ":00:00Z";
    sides[run % 2] = merge(std::move(sides[run % 2]), std::move(fresh));
  }
  const PairComparison pair = compare(sides[0], sides[1]);
  EXPECT_NE(pair.notes[0].find("runs of a side differ by"), std::string::npos) << pair.notes[0];
  EXPECT_EQ(mean(pair, Metric::energy).verdict, Verdict::same);
  EXPECT_GT(mean(pair, Metric::energy).u_run, 0.005);
  EXPECT_LT(mean(pair, Metric::energy).freedom, 10);
}

TEST(Compare, HoldsTheVerdictsOfThreeSidesTogether) {
  const std::vector<SideData> sides = {MadeSide{.run = 1}.side(),
                                       MadeSide{.joules = 1.05e-4, .run = 2}.side(),
                                       MadeSide{.joules = 1.1e-4, .run = 3}.side()};
  const std::vector<PairComparison> three = compare_sides(sides, {});
  ASSERT_EQ(three.size(), 3u);
  const std::vector<PairComparison> two = compare_sides({sides[0], sides[1]}, {});
  EXPECT_GT(mean(three[0], Metric::energy).seen, mean(two[0], Metric::energy).seen);
  EXPECT_EQ(mean(three[1], Metric::energy).verdict, Verdict::higher);
  EXPECT_THROW((void)compare_sides({sides[0]}, {}), Error);
}

TEST(Compare, FindsWhereTheOrderTurns) {
  Results second = MadeSide{.run = 2}.results();
  for (std::size_t i = 0; i < second.records.size(); ++i) {
    for (Window& window : second.records[i].windows) {
      window.energy[0].gross.value *= i < 4 ? 0.8 : i < 6 ? 1 : 1.25;
    }
  }
  // Points visited again tell what a visit is worth, or else the shapes' differences would have to.
  for (std::size_t i = 0; i < 5; ++i) {
    Record again = second.records[i];
    again.repetition = 1;
    for (Window& window : again.windows) window.energy[0].gross.value *= 1.001;
    second.records.push_back(again);
  }
  const PairComparison pair = compare(MadeSide{.scatter = 1e-4, .run = 1}.results(), second);
  const auto turn = std::ranges::find(pair.crossovers, Metric::energy, &Crossover::metric);
  ASSERT_NE(turn, pair.crossovers.end());
  EXPECT_EQ(turn->axis, "m");
  EXPECT_EQ(turn->others, "n=64,k=64");
  EXPECT_EQ(turn->below, 128);
  EXPECT_EQ(turn->above, 1024);
  EXPECT_NEAR(turn->at, std::sqrt(128.0 * 1024), 10);
  EXPECT_TRUE(turn->second_lower_below);
}

TEST(Compare, NamesWhatHasChangedBetweenTheSides) {
  Results first = MadeSide{.run = 1}.results(), second = MadeSide{.run = 2}.results();
  first.runs[0].provenance =
      R"({"cpu": {"microcode": "0x1", "cores": 4}, "host": {"uptime_s": 1}})";
  second.runs[0].provenance =
      R"({"cpu": {"microcode": "0x2", "cores": 4}, "host": {"uptime_s": 2}})";
  first.runs[0].kernels_hash = "gemm=a,softmax=c";
  second.runs[0].kernels_hash = "gemm=b,softmax=d";
  const PairComparison pair = compare(first, second);
  ASSERT_EQ(pair.changes.size(), 2u);  // softmax was not compared
  EXPECT_EQ(pair.changes[0].name, "cpu/microcode");
  EXPECT_EQ(pair.changes[0].first, std::vector<std::string>{"0x1"});
  EXPECT_EQ(pair.changes[0].second, std::vector<std::string>{"0x2"});
  EXPECT_EQ(pair.changes[1].name, "kernels/gemm");
}

}  // namespace ergon
