#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "kernels/problem.h"
#include "tests/kernels/launch_once.h"

namespace ergon {
namespace {

Problem gelu(std::size_t elements, bool tanh) {
  return {.primitive = primitive::named("gelu"),
          .dtypes = {},
          .extents = {static_cast<std::int64_t>(elements)},
          .choices = {static_cast<std::uint8_t>(tanh ? 1 : 0)}};
}

double factor(double x, bool tanh) {
  const double u = std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x);
  return tanh ? std::tanh(u) : std::erf(x / std::numbers::sqrt2);
}

// Largest error over a dense grid of [-reach, reach], in 2^-24 of the sum of the two terms.
double error_over(const Kernel& kernel, float reach, bool tanh) {
  std::vector<float> in(100'003);
  for (std::size_t i = 0; i < in.size(); ++i) {
    in[i] = reach * (2 * static_cast<float>(i) / static_cast<float>(in.size() - 1) - 1);
  }
  const std::vector<float> out = launch_once(kernel, gelu(in.size(), tanh), {in}, 1);
  double worst = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in[i] == 0) continue;
    const double x = in[i];
    const double f = factor(x, tanh);
    const double magnitude = std::abs(x) / 2 * (1 + std::abs(f));
    worst = std::max(worst, std::abs(out[i] - x / 2 * (1 + f)) / magnitude * 0x1p24);
  }
  return worst;
}

bool is_ours(const Kernel& kernel) { return kernel.version == nullptr; }

}  // namespace

TEST(Gelu, CountsItsFlopsByForm) {
  const Problem erf = gelu(10, false);
  EXPECT_EQ(erf.primitive->work(erf),
            (Work{.flops = 40, .specials = 10, .bytes_read = 40, .bytes_written = 40}));
  const Problem tanh = gelu(10, true);
  EXPECT_EQ(tanh.primitive->work(tanh).flops, 80);
}

// A quarter of what the primitive's tolerance leaves to libraries.
TEST(Gelu, IsWithinFourPartsInOurKernels) {
  for_each_kernel("gelu", [](const Kernel& kernel) {
    if (!is_ours(kernel)) return;
    for (const bool tanh : {false, true}) {
      for (const float reach : {1e-3F, 1.0F, 6.0F, 100.0F}) {
        EXPECT_LT(error_over(kernel, reach, tanh), 4) << reach << (tanh ? " tanh" : " erf");
      }
    }
  });
}

TEST(Gelu, EndsAtZeroAndAtItsArgument) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> in = {-1e30F, -20, 0, 20, 1e30F, infinity};
  const std::vector<float> expected = {0, 0, 0, 20, 1e30F, infinity};
  for_each_kernel("gelu", [&](const Kernel& kernel) {
    if (!is_ours(kernel)) return;
    for (const bool tanh : {false, true}) {
      EXPECT_EQ(launch_once(kernel, gelu(in.size(), tanh), {in}, 1), expected);
    }
  });
}

TEST(Gelu, PassesNanOn) {
  const std::vector<float> in(17, std::nanf(""));
  for_each_kernel("gelu", [&](const Kernel& kernel) {
    for (const bool tanh : {false, true}) {
      for (const float value : launch_once(kernel, gelu(in.size(), tanh), {in}, 1)) {
        EXPECT_TRUE(std::isnan(value));
      }
    }
  });
}

}  // namespace ergon
