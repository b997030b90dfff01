#include <gtest/gtest.h>

#include <cmath>

#include "kernels/problem.h"
#include "tests/kernels/launch_once.h"

namespace ergon {
namespace {

Problem fma_probe(std::int64_t lanes, std::int64_t depth) {
  return {
      .primitive = primitive::named("fma"), .dtypes = {}, .extents = {lanes, depth}, .choices = {}};
}

}  // namespace

TEST(Fma, CountsTwoFlopsAStepAndItsFewInputs) {
  const Problem problem = fma_probe(100, 7);
  EXPECT_EQ(problem.primitive->work(problem),
            (Work{.flops = 1400, .bytes_read = 128, .bytes_written = 400}));
}

// Powers of two times sums of 0.75^k are exact in a float for three steps: 1 + 0.75 + 0.5625.
TEST(Fma, AppliesEachStepToEveryLane) {
  std::vector<float> in(32);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = std::ldexp(1.0F, static_cast<int>(i) - 16);
  for (const std::int64_t lanes : {1, 33, 160, 191, 193, 960, 2000}) {
    for_each_kernel("fma", [&](const Kernel& kernel) {
      const std::vector<float> out = launch_once(kernel, fma_probe(lanes, 3), {in}, 1);
      for (std::size_t i = 0; i < out.size(); ++i) EXPECT_EQ(out[i], 2.3125F * in[i % 32]) << i;
    });
  }
}

}  // namespace ergon
