#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/problem.h"
#include "tests/kernels/launch_once.h"

namespace ergon {

TEST(Tanh, CountsOneSpecialAnElement) {
  const Problem problem = make_problem(*primitive::named("tanh"), {10});
  EXPECT_EQ(problem.primitive->work(problem),
            (Work{.flops = 0, .specials = 10, .bytes_read = 40, .bytes_written = 40}));
}

// Relative to itself over a dense grid, down to where tanh(x) is x.
TEST(Tanh, IsWithinSixPartsInOurKernels) {
  for_each_kernel("tanh", [](const Kernel& kernel) {
    if (kernel.version != nullptr) return;
    for (const float reach : {1e-6F, 0.3F, 1.0F, 9.5F, 100.0F}) {
      std::vector<float> in(100'003);
      for (std::size_t i = 0; i < in.size(); ++i) {
        in[i] = reach * (2 * static_cast<float>(i) / static_cast<float>(in.size() - 1) - 1);
      }
      const Problem problem = make_problem(*primitive::named("tanh"), {100'003});
      const std::vector<float> out = launch_once(kernel, problem, {in}, 1);
      double worst = 0;
      for (std::size_t i = 0; i < in.size(); ++i) {
        const double value = std::tanh(static_cast<double>(in[i]));
        if (value == 0) continue;
        worst = std::max(worst, std::abs((out[i] - value) / value) * 0x1p24);
      }
      EXPECT_LT(worst, 6) << reach;
    }
  });
}

TEST(Tanh, EndsAtOneAndPassesNanOn) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> in = {-infinity, -20, 0, 9.1F, 1e30F, infinity, std::nanf("")};
  const Problem problem = make_problem(*primitive::named("tanh"), {7});
  for_each_kernel("tanh", [&](const Kernel& kernel) {
    if (kernel.version != nullptr) return;
    std::vector<float> out = launch_once(kernel, problem, {in}, 1);
    EXPECT_TRUE(std::isnan(out.back()));
    out.pop_back();
    EXPECT_EQ(out, (std::vector<float>{-1, -1, 0, 1, 1, 1}));
  });
}

}  // namespace ergon
