#include <gtest/gtest.h>

#include "kernels/problem.h"
#include "tests/kernels/launch_once.h"

namespace ergon {
namespace {

std::vector<float> normalised(const Kernel& kernel, std::int64_t columns,
                              const std::vector<std::vector<float>>& inputs) {
  const auto rows = static_cast<std::int64_t>(inputs[0].size()) / columns;
  return launch_once(kernel, make_problem(*primitive::named(kernel.primitive), {rows, columns}),
                     inputs, 1);
}

}  // namespace

TEST(Layernorm, CountsEightFlopsAnElementAndTwoSpecialsARow) {
  const Problem problem = make_problem(*primitive::named("layernorm"), {3, 5});
  EXPECT_EQ(problem.primitive->work(problem),
            (Work{.flops = 120, .specials = 6, .bytes_read = 100, .bytes_written = 60}));
}

TEST(Rmsnorm, CountsFourFlopsAnElementAndTwoSpecialsARow) {
  const Problem problem = make_problem(*primitive::named("rmsnorm"), {3, 5});
  EXPECT_EQ(problem.primitive->work(problem),
            (Work{.flops = 60, .specials = 6, .bytes_read = 80, .bytes_written = 60}));
}

// Mean 5, variance 5: 1 / sqrt(5 + 1e-5) = 0.44721315.
TEST(Layernorm, ScalesByTheDeviationAroundTheMean) {
  for_each_kernel("layernorm", [](const Kernel& kernel) {
    const std::vector<float> out =
        normalised(kernel, 4, {{2, 4, 6, 8, 8, 6, 4, 2}, {1, 1, 2, -1}, {0, 10, 0, 0}});
    const std::vector<float> expected = {-1.3416395F, 9.5527868F, 0.8944263F,  -1.3416395F,
                                         1.3416395F,  10.447213F, -0.8944263F, 1.3416395F};
    for (std::size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(out[i], expected[i], 2e-6) << i;
  });
}

// Far from zero the sum of squares less the square of the mean has no digit left.
TEST(Layernorm, HoldsFarFromZero) {
  for_each_kernel("layernorm", [](const Kernel& kernel) {
    std::vector<float> x(64);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = i % 2 == 0 ? 100'000 : 100'002;
    const std::vector<float> ones(64, 1), zeros(64, 0);
    const std::vector<float> out = normalised(kernel, 64, {x, ones, zeros});
    for (std::size_t i = 0; i < out.size(); ++i) {
      EXPECT_NEAR(out[i], i % 2 == 0 ? -0.999995 : 0.999995, 1e-6) << i;
    }
  });
}

TEST(Layernorm, GivesBetaForASingleColumn) {
  for_each_kernel("layernorm", [](const Kernel& kernel) {
    EXPECT_EQ(normalised(kernel, 1, {{-7, 1e10F, 0}, {3}, {5}}), (std::vector<float>{5, 5, 5}));
  });
}

// Mean square 12.5: 1 / sqrt(12.5 + 1e-5) = 0.28284260.
TEST(Rmsnorm, ScalesByTheRootMeanSquare) {
  for_each_kernel("rmsnorm", [](const Kernel& kernel) {
    const std::vector<float> out = normalised(kernel, 2, {{3, 4, -4, 3}, {1, 10}});
    const std::vector<float> expected = {0.8485278F, 11.313704F, -1.1313704F, 8.485278F};
    for (std::size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(out[i], expected[i], 2e-6) << i;
  });
}

}  // namespace ergon
