#include <gtest/gtest.h>

#include "kernels/problem.h"
#include "tests/kernels/launch_once.h"

namespace ergon {

TEST(BatchedGemm, CountsTheProductsOfABatch) {
  const Problem problem = make_problem(*primitive::named("batched_gemm"), {5, 2, 3, 4});
  EXPECT_EQ(problem.primitive->work(problem), (Work{.flops = 240,
                                                    .specials = 0,
                                                    .bytes_read = 4 * 5 * (8 + 12),
                                                    .bytes_written = 4 * 5 * 6}));
}

TEST(BatchedGemm, MultipliesEachPairAlone) {
  const Problem problem = make_problem(*primitive::named("batched_gemm"), {2, 1, 2, 2});
  for_each_kernel("batched_gemm", [&](const Kernel& kernel) {
    EXPECT_EQ(launch_once(kernel, problem, {{1, 2, 3, 4}, {1, 0, 0, 1, 1, 2, 3, 4}}, 1),
              (std::vector<float>{1, 2, 15, 22}));
  });
}

TEST(BatchedGemm, TakesBByRowsOfNWhereTransposed) {
  Problem problem = make_problem(*primitive::named("batched_gemm"), {1, 1, 2, 3});
  choose(problem, "transpose_b", "yes");
  for_each_kernel("batched_gemm", [&](const Kernel& kernel) {
    EXPECT_EQ(launch_once(kernel, problem, {{1, 2, 3}, {1, 0, 0, 1, 1, 1}}, 1),
              (std::vector<float>{1, 6}));
  });
}

}  // namespace ergon
