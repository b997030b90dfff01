#include "harness/config/sentinels.h"

#include <gtest/gtest.h>

namespace ergon {
namespace {

// Matrices n x n x n, in 2n^3 / 12n^2 FLOPs per byte; in no order.
Plan gemm_plan(std::vector<std::int64_t> sizes) {
  Plan plan;
  for (const std::int64_t n : sizes) {
    Point point;
    point.problem = make_problem(*primitive::named("gemm"), {n, n, n});
    point.kernel = kernel::named("gemm/reference");
    plan.points.push_back(point);
  }
  return plan;
}

Plan sixteen() { return gemm_plan({16, 1, 15, 2, 14, 3, 13, 4, 12, 5, 11, 6, 10, 7, 9, 8}); }

bool any(const Point&) { return true; }

std::vector<std::int64_t> sizes(const std::vector<const Point*>& points) {
  std::vector<std::int64_t> found;
  for (const Point* point : points) found.push_back(point->problem.extents[0]);
  return found;
}

}  // namespace

TEST(Sentinels, StandInTheMiddleOfEqualPartsByOperationsPerByte) {
  EXPECT_EQ(sizes(choose_sentinels(sixteen(), 1, any)), (std::vector<std::int64_t>{9}));
  EXPECT_EQ(sizes(choose_sentinels(sixteen(), 2, any)), (std::vector<std::int64_t>{5, 13}));
}

TEST(Sentinels, AreFewerWhereThePointsAreFew) {
  EXPECT_EQ(choose_sentinels(sixteen(), 5, any).size(), 2u);  // one for eight points
  EXPECT_TRUE(choose_sentinels(gemm_plan({1, 2, 3, 4, 5, 6, 7}), 2, any).empty());
  EXPECT_TRUE(choose_sentinels(sixteen(), 0, any).empty());
}

TEST(Sentinels, GiveWayToTheNearestThatRuns) {
  const auto odd = [](const Point& point) { return point.problem.extents[0] % 2 == 0; };
  EXPECT_EQ(sizes(choose_sentinels(sixteen(), 2, odd)), (std::vector<std::int64_t>{4, 12}));
  const auto none = [](const Point&) { return false; };
  EXPECT_TRUE(choose_sentinels(sixteen(), 2, none).empty());
}

TEST(Sentinels, AreNoPointsWithoutWork) {
  Plan plan;
  for (std::int64_t i = 1; i <= 16; ++i) {
    Point point;
    point.problem = make_problem(*primitive::named("idle"), {i});
    point.kernel = kernel::named("idle/spin");
    plan.points.push_back(point);
  }
  EXPECT_TRUE(choose_sentinels(plan, 2, any).empty());
}

}  // namespace ergon
