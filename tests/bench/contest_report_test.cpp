#include "bench/contest_report.h"

#include <gtest/gtest.h>

#include "tests/bench/made_contest.h"

namespace ergon {
namespace {

Comparison made_comparison() {
  Comparison comparison;
  comparison.contests = {made_contest(), made_contest()};
  comparison.contests[1].contenders[0].point.threads = 2;
  fill_contest(comparison.contests[0], 1.3, 0.9);
  fill_contest(comparison.contests[1], 0.8, 0.9);
  comparison.blocks = 5;
  comparison.device = "A CPU, 1 socket";
  comparison.started_utc = "2030-01-01T00:00:00Z";
  comparison.command_line = "ergon_library_speed";
  comparison.load_before = "0.10";
  comparison.load_after = "0.20";
  comparison.build = "{}";
  return comparison;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST(ContestReport, SaysWhoIsFasterByHowMuchAndWhatWasAsked) {
  const std::string text = report_text(made_comparison());
  EXPECT_TRUE(holds(text,
                    "| gemm m=128,n=64,k=64 | 1 | reference 1.049 GFLOP/s | openblas 0.805 GFLOP/s "
                    "| 1.30 [1.29, 1.32] | 90 % [90, 90] | 0.90, 84 % | pass |"))
      << text;
  EXPECT_TRUE(holds(text, "| 0.80 [0.79, 0.81] | 90 % [90, 90] | 0.90, 84 % | short |")) << text;
  EXPECT_TRUE(holds(text, "2 contests, 2 judged, 1 short; 0 pass by the upper end")) << text;
  EXPECT_TRUE(holds(text, "| gemm NN, m >= 128 | 1 | 1 | 1.30 [1.29, 1.32] | 1.30 | 0.96 | pass |"))
      << text;
  EXPECT_TRUE(holds(text, "A CPU, 1 socket, 2030-01-01T00:00:00Z")) << text;
  EXPECT_TRUE(holds(text, "before: 0.10; after: 0.20")) << text;
}

TEST(ContestReport, PutsTheShortRowsFirst) {
  const std::string text = report_text(made_comparison());
  ASSERT_TRUE(holds(text, "## Short"));
  EXPECT_LT(text.find("0.80 [0.79"), text.find("1.30 [1.29"));
  EXPECT_LT(text.find("## Short"), text.find("## All"));
}

TEST(ContestReport, MarksARowOfFewCleanSamples) {
  Comparison comparison = made_comparison();
  EXPECT_FALSE(holds(report_text(comparison), "] * |"));
  for (Timing& sample : comparison.contests[0].contenders[0].samples) sample.switches = 1;
  EXPECT_TRUE(holds(report_text(comparison), "1.30 [1.29, 1.32] * |"));
}

TEST(ContestReport, NamesWhatIsWrongAndWhoIsMissing) {
  Comparison comparison = made_comparison();
  EXPECT_FALSE(holds(report_text(comparison), "## Wrong results"));
  comparison.contests[0].contenders[1].check.passed = false;
  comparison.contests[0].contenders[1].check.worst = "out[3] is 1, should be 2";
  comparison.contests[1].contenders[1].refusal = "not installed";
  const std::string text = report_text(comparison);
  EXPECT_TRUE(
      holds(text, "gemm/openblas, gemm m=128,n=64,k=64, 1 threads: out[3] is 1, should be 2"))
      << text;
  EXPECT_TRUE(holds(text, "- gemm/openblas: not installed (1 contests)")) << text;
  EXPECT_EQ(wrong_contenders(comparison).size(), 1u);
}

TEST(ContestReport, AsksOfRandomShapesTheirOwn) {
  Comparison comparison = made_comparison();
  comparison.random = true;
  const std::string text = report_text(comparison);
  EXPECT_TRUE(holds(text, "| 0.80 [0.79, 0.81] | 90 % [90, 90] | 0.75 | pass |")) << text;
}

}  // namespace ergon
