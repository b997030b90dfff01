#include "bench/contest_target.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace ergon {
namespace {

Point point_of(const char* primitive, std::vector<std::int64_t> extents, int threads = 1) {
  Point point;
  point.problem = make_problem(*primitive::named(primitive), std::move(extents));
  point.threads = threads;
  return point;
}

Target target_of(const Point& point) { return class_of(point).target; }

}  // namespace

TEST(ContestTarget, OfAGpuIsThatOfTheRungsWithoutWgmma) {
  Point gemm = point_of("gemm", {4096, 4096, 4096}, 0);
  EXPECT_EQ(target_of(gemm), Target{.ratio = 0.80});
  gemm.problem.dtypes = {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::bf16};
  EXPECT_EQ(class_of(gemm).name, "gemm bf16 on a GPU");
  EXPECT_EQ(target_of(gemm), Target{.ratio = 0.45});
  EXPECT_EQ(target_of(point_of("softmax", {4096, 4096}, 0)), Target{.of_ceiling = 0.85});
}

TEST(ContestTarget, IsWhatIsAskedOfEachClass) {
  Point gemm = point_of("gemm", {512, 768, 768});
  EXPECT_EQ(class_of(gemm).name, "gemm NN, m >= 128");
  EXPECT_EQ(target_of(gemm), (Target{.ratio = 0.90, .of_ceiling = 0.84, .mean = 0.96}));
  gemm.weights_packed = true;
  EXPECT_EQ(class_of(gemm).name, "gemm NN, packed");
  EXPECT_EQ(target_of(gemm), Target{});
  Point odd = point_of("gemm", {127, 255, 333});
  EXPECT_EQ(target_of(odd), Target{.ratio = 0.97});
  choose(odd.problem, "transpose_b", "yes");
  EXPECT_EQ(target_of(odd), Target{.ratio = 1.03});
  EXPECT_EQ(target_of(point_of("gemm", {1, 768, 768})), Target{.ratio = 0.93});
  EXPECT_EQ(target_of(point_of("gemm", {8, 4096, 4096})), Target{.ratio = 0.95});
  EXPECT_EQ(target_of(point_of("softmax", {8, 8}, 1)), Target{.ratio = 1.5});
  EXPECT_EQ(target_of(point_of("softmax", {8, 8}, 2)), Target{.ratio = 2.0});
  Point gelu = point_of("gelu", {4096});
  EXPECT_EQ(target_of(gelu), Target{.ratio = 1.3});
  choose(gelu.problem, "form", "tanh");
  EXPECT_EQ(target_of(gelu), Target{.ratio = 1.8});
  EXPECT_EQ(target_of(point_of("layernorm", {512, 768})), Target{.ratio = 1.15});
  EXPECT_EQ(target_of(point_of("layernorm", {4096, 1024})), Target{.ratio = 1.5});
  EXPECT_EQ(target_of(point_of("attention", {1, 12, 12, 128, 128, 64})), Target{.ratio = 1.10});
  EXPECT_EQ(target_of(point_of("attention", {1, 12, 12, 512, 512, 64}, 2)),
            (Target{.ratio = 1.20, .of_ceiling = 0.80}));
  Point bf16 = point_of("gemm", {512, 768, 768});
  bf16.problem.dtypes = {
      .a = Dtype::bf16, .b = Dtype::bf16, .accumulate = Dtype::f32, .out = Dtype::bf16};
  EXPECT_EQ(target_of(bf16), Target{});
  bf16.weights_packed = true;
  EXPECT_EQ(class_of(bf16).name, "gemm bf16, packed");
  EXPECT_EQ(target_of(bf16), Target{.ratio = 0.85});
  EXPECT_EQ(target_of(point_of("rmsnorm", {512, 768})), Target{});
}

TEST(ContestTarget, JudgesTheUpperEnd) {
  EXPECT_EQ(verdict(Ratio{0.89, 0.87, 0.91}, 0.9), "pass");
  EXPECT_EQ(verdict(Ratio{0.89, 0.88, 0.899}, 0.9), "short");
  EXPECT_EQ(verdict(Ratio{0.5, 0.4, 0.6}, 0), "");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(verdict(Ratio{0.5, nan, nan}, 0.9), "");
}

TEST(ContestTarget, IsMissedWhereTheCeilingIs) {
  ContestResult result;
  result.ratio = {1.1, 1.0, 1.2};
  result.of_ceiling = {0.8, 0.79, 0.81};
  EXPECT_EQ(verdict(result, {.ratio = 0.9, .of_ceiling = 0.84}), "short");
  EXPECT_EQ(verdict(result, {.ratio = 0.9, .of_ceiling = 0.80}), "pass");
  EXPECT_EQ(verdict(result, {.ratio = 1.3}), "short");
  EXPECT_EQ(verdict(result, {}), "");
}

}  // namespace ergon
