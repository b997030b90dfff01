#include <gtest/gtest.h>

#include "kernels/problem.h"
#include "tests/kernels/launch_once.h"

namespace ergon {

TEST(Swiglu, CountsTwoFlopsAndTwoSpecialsAnElement) {
  const Problem problem = make_problem(*primitive::named("swiglu"), {10});
  EXPECT_EQ(problem.primitive->work(problem),
            (Work{.flops = 20, .specials = 20, .bytes_read = 80, .bytes_written = 40}));
}

// silu(1) = 0.7310586, silu(-1) = -0.2689414.
TEST(Swiglu, GatesTheSecondByTheFirst) {
  const Problem problem = make_problem(*primitive::named("swiglu"), {4});
  for_each_kernel("swiglu", [&](const Kernel& kernel) {
    const std::vector<float> out =
        launch_once(kernel, problem, {{0, 1, -1, 40}, {7, 10, 10, -2}}, 1);
    const std::vector<float> expected = {0, 7.310586F, -2.689414F, -80};
    for (std::size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(out[i], expected[i], 2e-6) << i;
  });
}

}  // namespace ergon
