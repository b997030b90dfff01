#include "bench/random_shapes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/error.h"

namespace ergon {
namespace {

std::vector<Point> listed(const char* primitive, std::vector<std::int64_t> extents) {
  std::vector<Point> points(2);
  for (Point& point : points) {
    point.problem = make_problem(*primitive::named(primitive), extents);
    point.kernel = kernel::named(std::string(primitive) + "/reference");
  }
  points[1].threads = 2;
  return points;
}

}  // namespace

TEST(RandomShapes, AreValidAndInRange) {
  std::vector<Point> all = listed("gemm", {4, 4, 4});
  for (const auto& some : {listed("attention", {1, 1, 1, 4, 4, 8}), listed("softmax", {4, 4}),
                           listed("gelu", {64}), listed("layernorm", {4, 4})}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  const std::vector<Point> points = random_points(all, 200, 3);
  ASSERT_EQ(points.size(), 5u * 200 * 2);
  for (const Point& point : points) {
    EXPECT_EQ(point.problem.primitive->invalid(point.problem), "") << point_key(point);
    if (point.problem.primitive->name != "gemm") continue;
    EXPECT_LE(point.problem.extent("m"), 1024);
    EXPECT_GE(point.problem.extent("k"), 64);
    EXPECT_LE(point.problem.extent("k"), 4096);
  }
  const auto is_decode = [](const Point& point) {
    return point.problem.primitive->name == "attention" && point.problem.extent("queries") == 1;
  };
  EXPECT_NEAR(static_cast<double>(std::ranges::count_if(points, is_decode)), 100, 40);
  const auto is_small = [](const Point& point) {
    return point.problem.primitive->name == "gemm" && point.problem.extent("m") <= 32;
  };
  EXPECT_NEAR(static_cast<double>(std::ranges::count_if(points, is_small)), 200, 60);
}

TEST(RandomShapes, AreTheSameForOneSeedAndHaveEveryKernelAndTeam) {
  const std::vector<Point> of = listed("softmax", {4, 4});
  const auto keys = [&](std::uint64_t seed) {
    std::vector<std::string> texts;
    for (const Point& point : random_points(of, 5, seed)) texts.push_back(point_key(point));
    return texts;
  };
  EXPECT_EQ(keys(1), keys(1));
  EXPECT_NE(keys(1), keys(2));
  const std::vector<Point> points = random_points(of, 5, 1);
  EXPECT_EQ(points[0].problem.extents, points[1].problem.extents);
  EXPECT_EQ(points[0].threads + points[1].threads, 3);
}

TEST(RandomShapes, RefuseAPrimitiveWithoutARange) {
  EXPECT_THROW((void)random_points(listed("embedding", {4, 4, 4}), 1, 1), Error);
}

}  // namespace ergon
