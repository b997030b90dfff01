#include <gtest/gtest.h>

#include <bit>

#include "kernels/problem.h"
#include "tests/kernels/launch_once.h"

namespace ergon {

TEST(Embedding, CountsTheRowsThatAreReadAndNeverTheTable) {
  const Problem problem = make_problem(*primitive::named("embedding"), {3, 4, 1000});
  EXPECT_EQ(problem.primitive->work(problem),
            (Work{.flops = 0, .specials = 0, .bytes_read = 12 + 48, .bytes_written = 48}));
}

TEST(Embedding, RefusesAVocabularyThatIndicesDoNotReach) {
  const Primitive& embedding = *primitive::named("embedding");
  EXPECT_EQ(embedding.invalid(make_problem(embedding, {1, 1, 2147483647})), "");
  EXPECT_EQ(embedding.invalid(make_problem(embedding, {1, 1, 2147483648})),
            "vocabulary 2147483648 is over 2147483647, the largest index of i32");
}

TEST(Embedding, GivesTheRowsThatIndicesName) {
  const Problem problem = make_problem(*primitive::named("embedding"), {4, 2, 3});
  const std::vector<float> indices = {std::bit_cast<float>(2), std::bit_cast<float>(0),
                                      std::bit_cast<float>(2),
                                      std::bit_cast<float>(1)};  // launch_once moves bits
  for_each_kernel("embedding", [&](const Kernel& kernel) {
    EXPECT_EQ(launch_once(kernel, problem, {indices, {1, 2, 3, 4, 5, 6}}, 1),
              (std::vector<float>{5, 6, 1, 2, 5, 6, 3, 4}));
  });
}

}  // namespace ergon
