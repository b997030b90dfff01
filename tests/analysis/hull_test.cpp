#include "analysis/hull.h"

#include <gtest/gtest.h>

#include "tests/analysis/synthetic.h"

namespace ergon {

namespace {

Problem gemm(std::int64_t m, std::int64_t k, const Choices& choices = {}) {
  return make_problem("gemm", {{"m", m}, {"n", 8}, {"k", k}}, choices);
}

}  // namespace

TEST(Hull, IsTheBoxAroundItsProblems) {
  const Problem small = gemm(2, 4), large = gemm(16, 64, {{"bias", "yes"}});
  const Problem* const problems[] = {&large, &small};
  const Hull hull = make_hull(problems);
  ASSERT_EQ(hull.axes.size(), 3u);
  EXPECT_EQ(hull.axes[0].name, "k");
  EXPECT_EQ(hull.axes[0].range.low, 4);
  EXPECT_EQ(hull.axes[0].range.high, 64);
  EXPECT_EQ(hull.flops.low, 2 * 2 * 8 * 4);
  EXPECT_EQ(hull.options[0].name, "bias");
  EXPECT_EQ(hull.options[0].values, (std::vector<std::string>{"no", "yes"}));
}

TEST(Hull, NamesWhatLiesBeyond) {
  const Problem small = gemm(2, 4), large = gemm(16, 64);
  const Problem* const problems[] = {&small, &large};
  const Hull hull = make_hull(problems);
  EXPECT_TRUE(beyond(hull, gemm(4, 16)).empty());
  EXPECT_EQ(beyond(hull, gemm(4, 128)).at(0), "k 128 is beyond 4..64");
  EXPECT_EQ(beyond(hull, gemm(4, 16, {{"bias", "yes"}})).at(0), "bias 'yes' is not among 'no'");
}

}  // namespace ergon
