#include "analysis/compare/fail_condition.h"

#include <gtest/gtest.h>

#include "kernels/error.h"

namespace ergon {

namespace {

std::string refusal_of(const std::string& text) {
  try {
    (void)parse_fail_conditions(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::vector<PairComparison> pair_with(double low, Verdict verdict) {
  PairComparison pair{.first = 0, .second = 1};
  MeanContrast mean{.name = "gemm"};
  mean.contrasts[index_of(Metric::energy)] = {
      .verdict = verdict, .ratio = low + 0.01, .low = low, .high = low + 0.02};
  pair.means.push_back(mean);
  return {pair};
}

}  // namespace

TEST(FailCondition, IsReadOneOrSeveralAtATime) {
  const auto conditions = parse_fail_conditions("energy > 3%, time>0.5 %");
  ASSERT_EQ(conditions.size(), 2u);
  EXPECT_EQ(conditions[0].metric, Metric::energy);
  EXPECT_DOUBLE_EQ(conditions[0].bound, 0.03);
  EXPECT_EQ(conditions[1].metric, Metric::time);
  EXPECT_DOUBLE_EQ(conditions[1].bound, 0.005);
}

TEST(FailCondition, SaysWhatIsWrongWithIt) {
  EXPECT_NE(refusal_of("energy 3%").find("there is no '>'"), std::string::npos);
  EXPECT_NE(refusal_of("joules > 3%").find("'joules' is nothing"), std::string::npos);
  EXPECT_NE(refusal_of("energy > 3").find("needs a '%'"), std::string::npos);
  EXPECT_NE(refusal_of("energy > -3%").find("'-3' is no number"), std::string::npos);
  EXPECT_NE(refusal_of("energy > x%").find("'x' is no number"), std::string::npos);
  EXPECT_NE(refusal_of("energy > 3%,").find("there is no '>'"), std::string::npos);
  EXPECT_NE(refusal_of("").find("'energy > 3%'"), std::string::npos);
}

TEST(FailCondition, IsMetWhereTheWholeIntervalLiesBeyondTheBound) {
  const auto conditions = parse_fail_conditions("energy > 3%");
  EXPECT_TRUE(regressions(pair_with(1.029, Verdict::higher), conditions).empty());
  EXPECT_EQ(regressions(pair_with(1.031, Verdict::higher), conditions).size(), 1u);
}

TEST(FailCondition, IsNotMetByWhatCouldNotBeJudged) {
  EXPECT_THROW((void)regressions(pair_with(1.1, Verdict::not_comparable),
                                 parse_fail_conditions("energy > 3%")),
               Error);
  EXPECT_THROW(
      (void)regressions(pair_with(1.1, Verdict::higher), parse_fail_conditions("time > 3%")),
      Error);
}

}  // namespace ergon
