#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "kernels/primitive.h"
#include "kernels/problem.h"

namespace ergon {
namespace {

Problem make_gemm(std::int64_t m, std::int64_t n, std::int64_t k) {
  return make_problem(*primitive::named("gemm"), {m, n, k});
}

}  // namespace

TEST(Gemm, CountsWorkAsTheRulesSay) {
  Problem problem = make_gemm(2, 3, 5);
  const Primitive& gemm = *problem.primitive;
  EXPECT_EQ(
      gemm.work(problem),
      (Work{.flops = 60, .specials = 0, .bytes_read = 4 * (10 + 15), .bytes_written = 4 * 6}));
  choose(problem, "bias", "yes");
  choose(problem, "epilogue", "gelu");
  EXPECT_EQ(gemm.work(problem), (Work{.flops = 60 + 6 + 24,
                                      .specials = 6,
                                      .bytes_read = 4 * (10 + 15 + 3),
                                      .bytes_written = 4 * 6}));
}

TEST(Gemm, ReferenceComputesARow) {
  Problem problem = make_gemm(2, 2, 2);
  const std::array a = {1.0, -2.0, 3.0, 4.0};
  const std::array b = {5.0, 6.0, 7.0, 8.0};
  const std::array bias = {0.5, -0.5};
  std::array<double, 2> values = {};
  std::array<double, 2> magnitudes = {};
  std::vector<const double*> arrays = {a.data(), b.data(), nullptr, nullptr};
  problem.primitive->reference(problem, 1, arrays, values, magnitudes);
  EXPECT_EQ(values, (std::array{43.0, 50.0}));
  choose(problem, "transpose_b", "yes");
  problem.primitive->reference(problem, 0, arrays, values, magnitudes);
  EXPECT_EQ(values, (std::array{-7.0, -9.0}));
  EXPECT_EQ(magnitudes, (std::array{17.0, 23.0}));
  choose(problem, "bias", "yes");
  arrays[2] = bias.data();
  problem.primitive->reference(problem, 0, arrays, values, magnitudes);
  EXPECT_EQ(values, (std::array{-6.5, -9.5}));
  EXPECT_EQ(magnitudes, (std::array{17.5, 23.5}));
}

TEST(Gemm, EpilogueIsGeluByErf) {
  Problem problem = make_gemm(1, 3, 1);
  choose(problem, "epilogue", "gelu");
  const std::array a = {1.0};
  const std::array b = {1.0, -1.0, 0.0};
  std::array<double, 3> values = {};
  std::array<double, 3> magnitudes = {};
  const std::vector<const double*> arrays = {a.data(), b.data(), nullptr};
  problem.primitive->reference(problem, 0, arrays, values, magnitudes);
  EXPECT_NEAR(values[0], 0.8413447460685429, 1e-15);
  EXPECT_NEAR(values[1], -0.15865525393145707, 1e-15);
  EXPECT_EQ(values[2], 0);
}

TEST(Gemm, ScalesIntegerSumsThatBecomeFloats) {
  Problem problem = make_gemm(1, 2, 2);
  problem.dtypes = {Dtype::u8, Dtype::i8, Dtype::i32, Dtype::f32};
  choose(problem, "bias", "yes");
  const std::array a = {200.0, 3.0};
  const std::array b = {100.0, -1.0, 2.0, -128.0};
  const std::array bias = {6.0, 0.0};
  const std::array scale = {0.5, 2.0};
  std::array<double, 2> values = {};
  std::array<double, 2> magnitudes = {};
  const std::vector<const double*> arrays = {a.data(), b.data(), bias.data(), scale.data(),
                                             nullptr};
  problem.primitive->reference(problem, 0, arrays, values, magnitudes);
  EXPECT_EQ(values, (std::array{10006.0, -1168.0}));
  EXPECT_EQ(problem.primitive->work(problem), (Work{.flops = 8 + 2 + 2,
                                                    .specials = 0,
                                                    .bytes_read = 2 + 4 + 4 * 2 + 4 * 2,
                                                    .bytes_written = 4 * 2}));
}

TEST(Gemm, IntegersAreExactAndKnowNoGelu) {
  Problem problem = make_gemm(1, 1, 65793);
  problem.dtypes = {Dtype::u8, Dtype::i8, Dtype::i32, Dtype::i32};
  EXPECT_EQ(problem.primitive->tolerance(problem), 0);
  EXPECT_EQ(problem.primitive->invalid(problem), "");
  choose(problem, "epilogue", "gelu");
  EXPECT_EQ(problem.primitive->invalid(problem), "GELU gives no integers");
  problem = make_gemm(1, 1, 65794);
  problem.dtypes = {Dtype::u8, Dtype::i8, Dtype::i32, Dtype::i32};
  EXPECT_EQ(problem.primitive->invalid(problem),
            "sums of more than 65793 products of u8 and i8 can exceed an i32");
}

TEST(Gemm, ToleranceCatchesATermOfTenThousand) {
  const Problem problem = make_gemm(1, 1, 10000);
  EXPECT_LT(problem.primitive->tolerance(problem), 1e-4);
  EXPECT_GT(problem.primitive->tolerance(problem), 100 * 0x1p-24);
}

}  // namespace ergon
