#include <gtest/gtest.h>

#include "kernels/problem.h"
#include "tests/kernels/launch_once.h"

namespace ergon {
namespace {

std::vector<float> numbered(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i);
  return values;
}

}  // namespace

TEST(SplitHeads, MovesEveryByteOnce) {
  const Problem problem = make_problem(*primitive::named("split_heads"), {2, 3, 5, 7});
  EXPECT_EQ(problem.primitive->work(problem),
            (Work{.flops = 0, .specials = 0, .bytes_read = 840, .bytes_written = 840}));
}

// Positions p, heads h, of two numbers each: p0h0 p0h1 p0h2 p1h0 ... becomes p0h0 p1h0 p0h1 ...
TEST(SplitHeads, PutsThePositionsOfAHeadTogether) {
  const Problem problem = make_problem(*primitive::named("split_heads"), {1, 2, 3, 2});
  for_each_kernel("split_heads", [&](const Kernel& kernel) {
    EXPECT_EQ(launch_once(kernel, problem, {numbered(12)}, 1),
              (std::vector<float>{0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11}));
  });
}

TEST(MergeHeads, UndoesTheSplit) {
  const std::vector<std::int64_t> extents = {3, 50, 4, 66};
  const std::vector<float> in = numbered(3 * 50 * 4 * 66);
  const std::vector<float> split =
      launch_once(*kernel::named("split_heads/reference"),
                  make_problem(*primitive::named("split_heads"), extents), {in}, 1);
  EXPECT_NE(split, in);
  const Problem problem = make_problem(*primitive::named("merge_heads"), extents);
  for_each_kernel("merge_heads", [&](const Kernel& kernel) {
    EXPECT_EQ(launch_once(kernel, problem, {split}, 2), in);
  });
}

}  // namespace ergon
