#include "harness/record/sentinel_drift.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ergon {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// A visit at `begin_s`, of `joules` and `seconds` per launch.
Record visit(std::int64_t begin_s, double joules, double seconds, std::int64_t m = 8) {
  Record record;
  record.point.problem = make_problem(*primitive::named("gemm"), {m, 8, 8});
  record.point.kernel = kernel::named("gemm/reference");
  record.sentinel = true;
  record.times = {Seconds{seconds}};
  record.windows = {{.launches = 10,
                     .begin_ns = begin_s * kSecond,
                     .end_ns = (begin_s + 2) * kSecond,
                     .energy = {{.channel = 0, .gross = Joules{10 * joules}}}}};
  return record;
}

Results results_of(std::vector<Record> records) {
  Results results;
  results.runs.resize(1);
  results.runs[0].channels.resize(1);
  results.runs[0].primary_channel = 0;
  results.records = std::move(records);
  return results;
}

}  // namespace

TEST(SentinelDrift, IsTheRiseOfALineFromTheFirstVisitToTheLast) {
  const auto drifts = sentinel_drifts(
      results_of({visit(0, 2.0, 1.0), visit(50, 2.1, 1.0), visit(100, 2.2, 1.0)}), 0);
  ASSERT_EQ(drifts.size(), 1u);
  EXPECT_EQ(drifts[0].visits, 3);
  EXPECT_DOUBLE_EQ(drifts[0].span.value, 100);
  EXPECT_NEAR(drifts[0].energy.value, 0.2 / 2.1, 1e-12);
  EXPECT_NEAR(drifts[0].energy.half_width, 0, 1e-9);  // exactly on a line
  EXPECT_EQ(drifts[0].time.value, 0);
}

TEST(SentinelDrift, IsAsUnsureAsTheVisitsScatter) {
  // About the flat line through 1, 2, 1: residuals -1/3, 2/3, -1/3; variance 2/3 of one degree of
  // freedom; times -50, 0, 50 s; mean 4/3.
  const auto drifts =
      sentinel_drifts(results_of({visit(0, 1, 1), visit(50, 2, 1), visit(100, 1, 1)}), 0);
  EXPECT_NEAR(drifts[0].energy.value, 0, 1e-12);
  const double error = std::sqrt(2.0 / 3 / 5000) * 100 / (4.0 / 3);
  EXPECT_NEAR(drifts[0].energy.half_width, 12.706 * error, 1e-3);
}

TEST(SentinelDrift, HasNoIntervalOfTwoVisitsAndNoValueOfOne) {
  auto drifts = sentinel_drifts(results_of({visit(100, 3, 1), visit(0, 2, 2)}), 0);
  EXPECT_NEAR(drifts[0].energy.value, 1 / 2.5, 1e-12);
  EXPECT_NEAR(drifts[0].time.value, -1 / 1.5, 1e-12);
  EXPECT_TRUE(std::isnan(drifts[0].energy.half_width));
  drifts = sentinel_drifts(results_of({visit(0, 2, 2)}), 0);
  EXPECT_TRUE(std::isnan(drifts[0].energy.value));
}

TEST(SentinelDrift, KeepsPointsApartAndLeavesOutOthers) {
  std::vector<Record> records{visit(0, 1, 1, 4), visit(0, 1, 1, 8), visit(50, 1, 1, 4)};
  records.push_back(visit(60, 9, 9, 4));
  records.back().sentinel = false;
  records.push_back(visit(70, 9, 9, 4));
  records.back().windows.clear();  // refused or failed
  records.push_back(visit(80, 9, 9, 4));
  records.back().run = 1;
  Results results = results_of(records);
  results.runs.push_back(results.runs[0]);
  const auto drifts = sentinel_drifts(results, 0);
  ASSERT_EQ(drifts.size(), 2u);
  EXPECT_EQ(drifts[0].visits, 2);
  EXPECT_EQ(drifts[1].visits, 1);
  EXPECT_NE(drifts[0].point_key.find("m=4"), std::string::npos);
}

TEST(SentinelDrift, KnowsTimeWhereNothingIsMetered) {
  Results results = results_of({visit(0, 1, 1), visit(50, 1, 1.5)});
  results.runs[0].primary_channel = -1;
  const auto drifts = sentinel_drifts(results, 0);
  EXPECT_TRUE(std::isnan(drifts[0].energy.value));
  EXPECT_NEAR(drifts[0].time.value, 0.4, 1e-12);
}

}  // namespace ergon
