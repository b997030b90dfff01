#include <gtest/gtest.h>

#include <chrono>

#include "kernels/problem.h"
#include "tests/kernels/launch_once.h"

namespace ergon {

TEST(Idle, SpinsForTheTimeAskedForAndDoesNoWork) {
  const Problem problem = {
      .primitive = primitive::named("idle"), .dtypes = {}, .extents = {2000}, .choices = {}};
  EXPECT_EQ(problem.primitive->work(problem), (Work{.bytes_written = 4}));
  for_each_kernel("idle", [&](const Kernel& kernel) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(launch_once(kernel, problem, {}, 2), std::vector<float>{1});
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(2));
  });
}

}  // namespace ergon
