#include <gtest/gtest.h>

#include "kernels/problem.h"
#include "tests/kernels/launch_once.h"

namespace ergon {
namespace {

Problem scale_mask(const std::vector<std::int64_t>& extents, std::string_view mask) {
  Problem problem = make_problem(*primitive::named("scale_mask"), extents);
  choose(problem, "mask", mask);
  return problem;
}

}  // namespace

// 2 heads of 3 queries and 4 keys: causal leaves 2 + 3 + 4 scores of each head's 12.
TEST(ScaleMask, CountsTheScoresThatTheMaskLeaves) {
  const Problem none = scale_mask({1, 2, 3, 4}, "none");
  EXPECT_EQ(none.primitive->work(none),
            (Work{.flops = 24, .specials = 0, .bytes_read = 96, .bytes_written = 96}));
  const Problem causal = scale_mask({1, 2, 3, 4}, "causal");
  EXPECT_EQ(causal.primitive->work(causal),
            (Work{.flops = 18, .specials = 0, .bytes_read = 72, .bytes_written = 96}));
  const Problem padding = scale_mask({1, 2, 3, 4}, "padding");
  EXPECT_EQ(padding.primitive->work(padding),
            (Work{.flops = 48, .specials = 0, .bytes_read = 112, .bytes_written = 96}));
}

TEST(ScaleMask, RefusesMoreQueriesThanKeysUnderACausalMaskOnly) {
  const Problem causal = scale_mask({1, 1, 3, 2}, "causal");
  EXPECT_EQ(causal.primitive->invalid(causal),
            "queries 3 exceeds keys 2: under a causal mask the first queries would see no key");
  const Problem none = scale_mask({1, 1, 3, 2}, "none");
  EXPECT_EQ(none.primitive->invalid(none), "");
}

TEST(ScaleMask, HidesTheKeysAfterTheQuery) {
  for_each_kernel("scale_mask", [](const Kernel& kernel) {
    const Problem problem = scale_mask({1, 1, 2, 3}, "causal");
    if (!kernel.refuses(problem, false).empty()) return;
    EXPECT_EQ(launch_once(kernel, problem, {{8, 16, 24, 32, 40, 48}}, 1),
              (std::vector<float>{1, 2, -10000, 4, 5, 6}));
  });
}

// Each entry of the batch has a mask of its own, the same for its heads and queries.
TEST(ScaleMask, AddsTheMaskOfTheBatchEntry) {
  for_each_kernel("scale_mask", [](const Kernel& kernel) {
    EXPECT_EQ(launch_once(kernel, scale_mask({2, 2, 1, 2}, "padding"),
                          {{8, 16, 24, 32, 8, 16, 24, 32}, {0, -100, 1000, 0.5F}}, 1),
              (std::vector<float>{1, -98, 3, -96, 1001, 2.5F, 1003, 4.5F}));
  });
}

}  // namespace ergon
