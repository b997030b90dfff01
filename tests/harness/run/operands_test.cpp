#include "harness/run/operands.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <thread>

namespace ergon {
namespace {

Problem gemm(std::int64_t m, std::int64_t n, std::int64_t k) {
  return {primitive::named("gemm"), {}, {m, n, k}, {0, 0, 0}};
}

std::vector<double> decoded(const std::vector<std::byte>& bytes) {
  std::vector<double> values(bytes.size() / 4);
  decode(Dtype::f32, bytes.data(), values);
  return values;
}

Fill fill(Fill::Kind kind, int zero_permille = 0) {
  return {.kind = kind, .zero_permille = zero_permille, .seed = 1};
}

}  // namespace

// A change here changes what every published record's seed means.
TEST(Operands, AreTheSameOnEveryMachine) {
  const OperandBytes filled = fill_operands(gemm(2, 2, 2), fill(Fill::Kind::uniform));
  const std::vector<double> a = decoded(filled.bytes[0]);
  const std::vector<double> b = decoded(filled.bytes[1]);
  EXPECT_FLOAT_EQ(a[0], -0.26362097F);
  EXPECT_FLOAT_EQ(a[1], -0.909486F);
  EXPECT_FLOAT_EQ(b[0], -0.066067375F);
}

TEST(Operands, AreUniformBetweenMinusOneAndOne) {
  const auto values =
      decoded(fill_operands(gemm(100, 1, 1000), fill(Fill::Kind::uniform)).bytes[0]);
  double sum = 0, squares = 0;
  for (const double value : values) {
    ASSERT_LE(std::abs(value), 1);
    sum += value;
    squares += value * value;
  }
  // Standard errors over 100,000 values: 0.0018 of the mean, 0.00094 of the mean square.
  EXPECT_NEAR(sum / 1e5, 0, 0.006);
  EXPECT_NEAR(squares / 1e5, 1.0 / 3, 0.003);
}

TEST(Operands, AreNormal) {
  const auto values = decoded(fill_operands(gemm(100, 1, 1000), fill(Fill::Kind::normal)).bytes[0]);
  double sum = 0, squares = 0, within = 0;
  for (const double value : values) {
    sum += value;
    squares += value * value;
    within += std::abs(value) < 1 ? 1 : 0;
  }
  EXPECT_NEAR(sum / 1e5, 0, 0.01);
  EXPECT_NEAR(squares / 1e5, 1, 0.015);
  EXPECT_NEAR(within / 1e5, 0.6827, 0.005);
}

TEST(Operands, FillIntegersOverTheirRange) {
  Problem problem = gemm(100, 100, 1000);
  problem.dtypes = {Dtype::u8, Dtype::i8, Dtype::i32, Dtype::i32};
  const OperandBytes filled = fill_operands(problem, fill(Fill::Kind::uniform));
  std::vector<double> a(100'000), b(100'000);
  decode(Dtype::u8, filled.bytes[0].data(), a);
  decode(Dtype::i8, filled.bytes[1].data(), b);
  double a_sum = 0, b_sum = 0;
  for (const double value : a) a_sum += value;
  for (const double value : b) b_sum += value;
  // Standard errors over 100,000 values: 0.23 either.
  EXPECT_NEAR(a_sum / 1e5, 127.5, 1);
  EXPECT_NEAR(b_sum / 1e5, 0, 1);
  EXPECT_EQ(*std::max_element(a.begin(), a.end()), 255);
  EXPECT_EQ(*std::min_element(b.begin(), b.end()), -127);
  EXPECT_EQ(fill_operands(problem, fill(Fill::Kind::zeros)).zero_fraction, 1);
}

TEST(Operands, MeasureTheirShareOfZeros) {
  const Problem problem = gemm(100, 100, 1000);
  EXPECT_EQ(fill_operands(problem, fill(Fill::Kind::zeros)).zero_fraction, 1);
  EXPECT_EQ(fill_operands(problem, fill(Fill::Kind::constant)).zero_fraction, 0);
  EXPECT_EQ(fill_operands(problem, fill(Fill::Kind::uniform)).zero_fraction, 0);
  // Standard error over 200,000 values: 0.001.
  EXPECT_NEAR(fill_operands(problem, fill(Fill::Kind::sparse, 250)).zero_fraction, 0.25, 0.004);
}

TEST(Operands, DifferBySeedAndPlace) {
  const OperandBytes one = fill_operands(gemm(8, 8, 8), fill(Fill::Kind::uniform));
  EXPECT_NE(one.bytes[0], one.bytes[1]);
  EXPECT_NE(one.bytes[0], fill_operands(gemm(8, 8, 8), {.seed = 2}).bytes[0]);
  EXPECT_EQ(one.bytes[0], fill_operands(gemm(8, 8, 8), {.seed = 1}).bytes[0]);
}

TEST(Operands, KeepIndicesInTheirRangeWhateverTheFill) {
  const Problem problem = make_problem(*primitive::named("embedding"), {5000, 2, 7});
  for (const auto kind : {Fill::Kind::uniform, Fill::Kind::normal, Fill::Kind::constant}) {
    const OperandBytes filled = fill_operands(problem, fill(kind));
    std::vector<double> indices(5000);
    decode(Dtype::i32, filled.bytes[0].data(), indices);
    std::vector<int> counts(7);
    for (const double index : indices) ++counts.at(static_cast<std::size_t>(index));
    // Expected 714 of each, standard deviation 25.
    for (const int count : counts) EXPECT_NEAR(count, 714, 125);
    EXPECT_LT(filled.zero_fraction, 0.001) << "a row of zeros is no zero";
  }
}

// By threads where they are many; a thread that may run on one CPU fills them alone.
TEST(Operands, AreTheSameByHoweverManyThreads) {
  const Problem problem = gemm(2048, 8, 2051);
  const OperandBytes by_all = fill_operands(problem, fill(Fill::Kind::normal));
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  OperandBytes by_one;
  std::jthread([&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    int first = 0;
    while (!CPU_ISSET(first, &before)) ++first;
    CPU_SET(first, &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    by_one = fill_operands(problem, fill(Fill::Kind::normal));
  }).join();
  EXPECT_TRUE(by_all.bytes == by_one.bytes);
  EXPECT_EQ(by_all.zero_fraction, by_one.zero_fraction);
}

TEST(Operands, GiveAnOutputThatIsNoNumber) {
  const OperandBytes filled = fill_operands(gemm(4, 4, 4), fill(Fill::Kind::uniform));
  for (const double value : decoded(filled.bytes[2])) EXPECT_TRUE(std::isnan(value));
}

TEST(Operands, RotateTwiceTheLastLevelCacheWhereCold) {
  const OperandBytes operands = fill_operands(gemm(64, 64, 64), fill(Fill::Kind::zeros));  // 48 KiB
  const CacheLevel caches[] = {{"L1", 32 << 10, 2}, {"L3", 1 << 20, 2}};
  EXPECT_EQ(count_operand_sets(operands, false, caches), 1);
  EXPECT_EQ(count_operand_sets(operands, true, caches), 86);  // 4 MiB of 48 KiB
  const CacheLevel small[] = {{"L2", 1 << 10, 1}};
  EXPECT_EQ(count_operand_sets(operands, true, small), 2);
  EXPECT_EQ(count_operand_sets(operands, true, {}), 2);
}

TEST(Operands, RotateFourTimesTheLastLevelCacheOfAGpu) {
  const OperandBytes operands = fill_operands(gemm(64, 64, 64), fill(Fill::Kind::zeros));  // 48 KiB
  const CacheLevel caches[] = {{"L1", 228 << 10, 132}, {"L2", 50 << 20, 1}};
  EXPECT_EQ(count_operand_sets(operands, true, caches, DeviceKind::cuda), 4267);  // 200 MiB
  EXPECT_EQ(count_operand_sets(operands, false, caches, DeviceKind::cuda), 1);
}

}  // namespace ergon
