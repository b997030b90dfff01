#include "analysis/statistics.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

namespace ergon {

TEST(Statistics, StudentsTIsAsTabulated) {  // Abramowitz and Stegun, table 26.10
  EXPECT_NEAR(student_t_quantile(0.95, 1), 6.314, 5e-4);
  EXPECT_NEAR(student_t_quantile(0.95, 5), 2.015, 5e-4);
  EXPECT_NEAR(student_t_quantile(0.975, 10), 2.228, 5e-4);
  EXPECT_NEAR(student_t_quantile(0.95, 120), 1.658, 5e-4);
}

TEST(Statistics, QuantilesLieBetweenOrderStatistics) {
  EXPECT_EQ(quantile({3, 1, 2}, 0.5), 2);
  EXPECT_EQ(quantile({1, 2, 3, 4}, 0.5), 2.5);
  EXPECT_EQ(quantile({7}, 0.95), 7);
}

TEST(Statistics, ConformalRadiusNeedsNineGroupsForNinetyPercent) {
  std::vector<double> scores(8);
  std::vector<int> groups(8);
  std::iota(scores.begin(), scores.end(), 1);
  std::iota(groups.begin(), groups.end(), 0);
  EXPECT_TRUE(std::isnan(grouped_conformal_radius(scores, groups, 0.9)));
  scores.push_back(9);
  groups.push_back(8);
  EXPECT_EQ(grouped_conformal_radius(scores, groups, 0.9), 9);
}

TEST(Statistics, ManySamplesOfOneGroupCountAsOne) {
  std::vector<double> scores(100, 5);
  std::vector<int> groups(100, 0);
  EXPECT_TRUE(std::isnan(grouped_conformal_radius(scores, groups, 0.9)));
}

TEST(SplitMix, GivesTheSameNumbersEverywhere) {  // reference values of splitmix64, seed 1234567
  SplitMix random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317u);
  EXPECT_EQ(random.next(), 3203168211198807973u);
}

}  // namespace ergon
