#include <gtest/gtest.h>

#include "kernels/problem.h"
#include "tests/kernels/launch_once.h"

namespace ergon {
namespace {

Problem mma_probe(std::int64_t tiles, std::int64_t depth) {
  return make_problem(*primitive::named("mma"), {tiles, depth});
}

}  // namespace

TEST(Mma, CountsTwoFlopsAProductAndItsFewInputs) {
  const Problem problem = mma_probe(3, 5);
  EXPECT_EQ(problem.primitive->work(problem),
            (Work{.flops = 3 * 5 * 4096, .bytes_read = 4 * (1024 + 512), .bytes_written = 1536}));
}

// a[i] is 2^i times the identity, b[j] has 10 j + column in all of its rows: five steps of tile 1
// add b[1], 2 b[2], 4 b[3], 8 b[0] and b[1] again.
TEST(Mma, TakesTheInputsInTurn) {
  std::vector<float> a(4 * 256), b(4 * 128);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t r = 0; r < 16; ++r) a[256 * i + 17 * r] = static_cast<float>(1 << i);
    for (std::size_t k = 0; k < 128; ++k) b[128 * i + k] = static_cast<float>(10 * i + k / 16);
  }
  for_each_kernel("mma", [&](const Kernel& kernel) {
    const std::vector<float> out = launch_once(kernel, mma_probe(2, 5), {a, b}, 1);
    ASSERT_EQ(out.size(), 256);
    for (std::size_t i = 0; i < 128; ++i) {
      const auto column = static_cast<float>(i % 8);
      EXPECT_EQ(out[128 + i], 10 + 40 + 120 + 0 + 10 + 16 * column) << i;
    }
  });
}

}  // namespace ergon
