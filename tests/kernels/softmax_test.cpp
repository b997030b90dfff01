#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>
#include <limits>

#include "kernels/problem.h"
#include "tests/kernels/launch_once.h"

namespace ergon {
namespace {

Problem softmax(std::int64_t rows, std::int64_t columns) {
  return {.primitive = primitive::named("softmax"),
          .dtypes = {},
          .extents = {rows, columns},
          .choices = {}};
}

}  // namespace

TEST(Softmax, CountsFourFlopsAnElementAndTheSpecials) {
  const Problem problem = softmax(3, 5);
  EXPECT_EQ(problem.primitive->work(problem),
            (Work{.flops = 60, .specials = 18, .bytes_read = 60, .bytes_written = 60}));
}

TEST(Softmax, RefusesMoreElementsThanItCanCount) {
  const Problem problem = softmax(std::int64_t{1} << 40, std::int64_t{1} << 40);
  EXPECT_EQ(problem.primitive->invalid(problem), "the product of the extents is over 2^54");
}

TEST(Softmax, IsOneForASingleColumn) {
  for_each_kernel("softmax", [](const Kernel& kernel) {
    EXPECT_EQ(launch_once(kernel, softmax(3, 1), {{-3e38F, 0, 88}}, 1),
              (std::vector<float>{1, 1, 1}));
  });
}

TEST(Softmax, TakesMinusInfinityAsMasked) {
  const float infinity = std::numeric_limits<float>::infinity();
  for_each_kernel("softmax", [&](const Kernel& kernel) {
    std::vector<float> in(37, -infinity);
    in[3] = in[20] = in[35] = in[36] = -7;
    const std::vector<float> out = launch_once(kernel, softmax(1, 37), {in}, 1);
    for (std::size_t i = 0; i < in.size(); ++i) EXPECT_EQ(out[i], in[i] == -7 ? 0.25F : 0) << i;
  });
}

// A mask of -FLT_MAX over a whole row: differences are 0, though the values' products overflow.
TEST(Softmax, IsUniformOverARowOfTheLowestFloats) {
  for_each_kernel("softmax", [&](const Kernel& kernel) {
    const std::vector<float> out =
        launch_once(kernel, softmax(1, 64), {std::vector<float>(64, -FLT_MAX)}, 1);
    for (const float value : out) EXPECT_EQ(value, 1.0F / 64);
  });
}

TEST(Softmax, SumsToOneOverALongRow) {
  std::vector<float> in(50257);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = std::sin(static_cast<float>(i)) * 10;
  for_each_kernel("softmax", [&](const Kernel& kernel) {
    double sum = 0;
    for (const float value : launch_once(kernel, softmax(1, 50257), {in}, 2)) sum += value;
    EXPECT_NEAR(sum, 1, 2e-5);
  });
}

// Operands beyond 32 MiB of cache: results may be streamed, into rows that begin at any float.
TEST(Softmax, IsRightWhereOperandsComeFromMemory) {
  constexpr std::int64_t kRows = 85, kColumns = 50259;
  std::vector<float> in(kRows * kColumns);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<float>(i * 7 % 1013) / 100;
  for_each_kernel("softmax", [&](const Kernel& kernel) {
    const std::vector<float> out = launch_once(kernel, softmax(kRows, kColumns), {in}, 2);
    for (const std::int64_t row : {0, 1, 42, 84}) {
      const float* x = in.data() + row * kColumns;
      double sum = 0;
      for (std::int64_t j = 0; j < kColumns; ++j) sum += std::exp(static_cast<double>(x[j]));
      for (std::int64_t j = 0; j < kColumns; ++j) {
        const double right = std::exp(static_cast<double>(x[j])) / sum;
        ASSERT_NEAR(out[static_cast<std::size_t>(row * kColumns + j)], right, 1e-5 * right)
            << kernel_id(kernel) << " row " << row << " column " << j;
      }
    }
  });
}

}  // namespace ergon
