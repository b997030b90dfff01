#include "bench/contest.h"

#include <gtest/gtest.h>

#include "kernels/error.h"
#include "tests/harness/run/fake_gpu.h"

namespace ergon {
namespace {

Point gemm_point(std::int64_t m, const char* kernel) {
  Point point;
  point.problem = make_problem(*primitive::named("gemm"), {m, 768, 768});
  point.kernel = kernel::named(kernel);
  return point;
}

}  // namespace

TEST(Contest, IsOfThePointsThatDifferByTheirKernelsAlone) {
  std::vector<Point> points = {gemm_point(1, "gemm/reference"), gemm_point(64, "gemm/reference"),
                               gemm_point(1, "gemm/openblas"), gemm_point(1, "gemm/reference")};
  points.back().weights_packed = true;
  const std::vector<Contest> contests = make_contests(points);
  ASSERT_EQ(contests.size(), 3u);
  ASSERT_EQ(contests[0].contenders.size(), 2u);
  EXPECT_FALSE(contests[0].contenders[0].is_peer());
  EXPECT_TRUE(contests[0].contenders[1].is_peer());
  EXPECT_EQ(contest_name(contests[1].condition()), "gemm m=64,n=768,k=768");
  EXPECT_EQ(contest_name(contests[2].condition()), "gemm m=1,n=768,k=768 packed");
}

TEST(Contest, NamesOptionsThatAreNotTheDefault) {
  Point point = gemm_point(8, "gemm/reference");
  choose(point.problem, "transpose_b", "yes");
  point.cold = true;
  EXPECT_EQ(contest_name(point), "gemm m=8,n=768,k=768 transpose_b=yes cold");
}

TEST(Contest, IsHeldAgainstWhatBoundsIt) {
  const auto contests =
      make_contests({gemm_point(1, "gemm/reference"), gemm_point(128, "gemm/reference")});
  EXPECT_TRUE(contests[0].is_of_bytes());
  EXPECT_FALSE(contests[1].is_of_bytes());
  EXPECT_EQ(contests[1].ceiling.point.problem.primitive->name, "fma");
  const auto work = [](const Point& point) { return point.problem.primitive->work(point.problem); };
  EXPECT_NEAR(static_cast<double>(work(contests[0].ceiling.point).bytes()),
              static_cast<double>(work(contests[0].condition()).bytes()), 8);
}

// Where this build has the probes of a GPU.
TEST(Contest, CeilingOnAGpuIsTheGpusOwn) {
  Point point;
  point.problem = make_problem(*primitive::named("gemm"), {4096, 4096, 4096});
  point.kernel = &fake_gpu_kernel();
  point.threads = 0;
  if (kernel::named("fma/cuda_simt") == nullptr) {
    EXPECT_THROW((void)make_contests({point}), Error);
    GTEST_SKIP() << "this build has no kernel for GPUs";
  }
  EXPECT_EQ(make_contests({point})[0].ceiling.point.kernel, kernel::named("fma/cuda_simt"));
  point.problem = make_problem(*primitive::named("gemm"), {1, 4096, 4096});
  EXPECT_EQ(make_contests({point})[0].ceiling.point.kernel, kernel::named("copy/cuda_simt"));
}

TEST(Contest, IsOfAProblem) {
  Point point;
  point.problem = make_problem(*primitive::named("attention"), {1, 3, 2, 16, 16, 64});
  point.kernel = kernel::named("attention/reference");
  EXPECT_THROW((void)make_contests({point}), Error);
}

}  // namespace ergon
