#include <gtest/gtest.h>

#include "kernels/problem.h"
#include "tests/kernels/launch_once.h"

namespace ergon {

TEST(Rotary, CountsThreeFlopsAnElement) {
  const Problem problem = make_problem(*primitive::named("rotary"), {2, 3, 5, 8});
  EXPECT_EQ(problem.primitive->work(problem),
            (Work{.flops = 720, .specials = 0, .bytes_read = 960 + 96, .bytes_written = 960}));
}

TEST(Rotary, RefusesAnOddHead) {
  const Problem problem = make_problem(*primitive::named("rotary"), {1, 1, 1, 3});
  EXPECT_EQ(problem.primitive->invalid(problem), "head_size 3 is odd: its halves turn together");
}

// Two positions, two heads; the second position turns by a right angle and by none.
TEST(Rotary, TurnsElementIWithElementIAndAHalf) {
  const Problem problem = make_problem(*primitive::named("rotary"), {1, 2, 2, 4});
  for_each_kernel("rotary", [&](const Kernel& kernel) {
    EXPECT_EQ(
        launch_once(kernel, problem,
                    {{1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8}, {1, 1, 0, 1}, {0, 0, 1, 0}},
                    1),
        (std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, -3, 2, 1, 4, -7, 6, 5, 8}));
  });
}

}  // namespace ergon
