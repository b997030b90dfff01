#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "kernels/check.h"
#include "kernels/problem.h"
#include "tests/kernels/launch_once.h"
#include "tests/kernels/operands.h"

namespace ergon {
namespace {

// batch, heads, kv_heads, queries, keys, head_size.
Problem attention(const std::array<std::int64_t, 6>& extents, bool causal) {
  return {.primitive = primitive::named("attention"),
          .dtypes = {},
          .extents = {extents.begin(), extents.end()},
          .choices = {static_cast<std::uint8_t>(causal ? 1 : 0)}};
}

std::vector<float> uniform(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<float> distribution(-1, 1);
  std::vector<float> values(count);
  for (float& value : values) value = distribution(random);
  return values;
}

std::vector<std::vector<float>> inputs_of(const Problem& problem) {
  std::vector<std::vector<float>> inputs;
  for (const Operand& operand : problem.primitive->operands(problem)) {
    if (operand.role == Role::output) continue;
    inputs.push_back(uniform(static_cast<std::size_t>(operand.elements()), inputs.size() + 1));
  }
  return inputs;
}

// The check of a launch on inputs of a fixed seed.
Check checked(const Kernel& kernel, const Problem& problem, int threads) {
  std::vector<std::vector<float>> arrays = inputs_of(problem);
  arrays.push_back(launch_once(kernel, problem, arrays, threads));
  std::vector<std::vector<std::byte>> bytes;
  for (const std::vector<float>& array : arrays) {
    const auto packed = std::as_bytes(std::span(array));
    bytes.emplace_back(packed.begin(), packed.end());
  }
  return check_output(problem, bytes, 1'000'000'000, 1);
}

}  // namespace

TEST(Attention, RefusesHeadsThatKvHeadsDoNotDivide) {
  const Problem problem = attention({1, 12, 5, 1, 1, 64}, false);
  EXPECT_EQ(problem.primitive->invalid(problem), "heads 12 is not a multiple of kv_heads 5");
}

TEST(Attention, RefusesMoreQueriesThanKeysUnderACausalMaskOnly) {
  const Problem causal = attention({1, 1, 1, 3, 2, 8}, true);
  EXPECT_EQ(causal.primitive->invalid(causal),
            "queries 3 exceeds keys 2: under a causal mask the first queries would see no key");
  const Problem open = attention({1, 1, 1, 3, 2, 8}, false);
  EXPECT_EQ(open.primitive->invalid(open), "");
}

TEST(Attention, CountsThePairsThatTheMaskLeaves) {
  // 2 x 4 heads, 3 queries and 5 keys of size 8: 37 flops a pair; 15 pairs, causal 3 + 4 + 5 = 12.
  const Problem open = attention({2, 4, 2, 3, 5, 8}, false);
  EXPECT_EQ(open.primitive->work(open), (Work{.flops = 8 * 15 * 37,
                                              .specials = 8 * 15,
                                              .bytes_read = 4 * (8 * 3 * 8 + 2 * 4 * 5 * 8),
                                              .bytes_written = 4 * 8 * 3 * 8}));
  const Problem causal = attention({2, 4, 2, 3, 5, 8}, true);
  EXPECT_EQ(causal.primitive->work(causal).flops, 8 * 12 * 37);
  EXPECT_EQ(causal.primitive->work(causal).specials, 8 * 12);
}

TEST(Attention, GivesTheValueOfTheOnlyKey) {
  const Problem problem = attention({1, 2, 1, 1, 1, 3}, true);
  for_each_kernel("attention", [&](const Kernel& kernel) {
    const std::vector<float> out =
        launch_once(kernel, problem, {{1, 2, 3, 4, 5, 6}, {1, 1, 1}, {0.5F, -2, 8}}, 1);
    const std::vector<float> expected = {0.5F, -2, 8, 0.5F, -2, 8};
    for (std::size_t i = 0; i < out.size(); ++i) EXPECT_FLOAT_EQ(out[i], expected[i]);
  });
}

// Keys that the query cannot tell apart weigh the same: query i of a causal square averages the
// first i + 1 values, here 1, 2, 3, 4.
TEST(Attention, AveragesTheValuesThatACausalQuerySees) {
  const Problem problem = attention({1, 1, 1, 4, 4, 1}, true);
  for_each_kernel("attention", [&](const Kernel& kernel) {
    const std::vector<float> out =
        launch_once(kernel, problem, {{1, 1, 1, 1}, {0, 0, 0, 0}, {1, 2, 3, 4}}, 1);
    const std::vector<float> expected = {1, 1.5F, 2, 2.5F};
    for (std::size_t i = 0; i < out.size(); ++i) EXPECT_FLOAT_EQ(out[i], expected[i]);
  });
}

// Scores of up to 100: exp of the raw score would overflow.
TEST(Attention, HoldsForLargeScores) {
  const Problem problem = attention({1, 1, 1, 2, 2, 1}, false);
  for_each_kernel("attention", [&](const Kernel& kernel) {
    const std::vector<float> out = launch_once(kernel, problem, {{10, -10}, {10, -10}, {3, 7}}, 1);
    EXPECT_FLOAT_EQ(out[0], 3);
    EXPECT_FLOAT_EQ(out[1], 7);
  });
}

TEST(Attention, IsRightAtTheEdgesOfTilesBlocksAndHeads) {
  const std::array<std::int64_t, 6> shapes[] = {
      {1, 1, 1, 1, 1, 64},     // one key, one query
      {1, 1, 1, 5, 1, 80},     // one key
      {2, 3, 3, 1, 257, 64},   // one query; a block of keys and one more
      {1, 8, 2, 1, 300, 64},   // decoding, four query heads a KV head
      {1, 2, 1, 13, 13, 33},   // a head of odd size; tiles of 5 and 4 rows across two heads
      {1, 1, 1, 65, 65, 80},   // queries == keys
      {1, 4, 2, 5, 520, 64},   // queries < keys, three blocks
      {1, 1, 1, 64, 256, 7},   // a whole block; a head smaller than a vector
      {3, 2, 1, 31, 63, 17},   // rows of a group that two threads share
      {1, 1, 1, 270, 270, 8},  // causal: whole blocks are skipped
  };
  for (const auto& extents : shapes) {
    for (const bool causal : {false, true}) {
      const Problem problem = attention(extents, causal);
      if (!problem.primitive->invalid(problem).empty()) continue;
      for_each_kernel("attention", [&](const Kernel& kernel) {
        for (const int threads : {1, 2}) {
          const Check check = checked(kernel, problem, threads);
          EXPECT_TRUE(check.complete);
          EXPECT_TRUE(check.passed) << problem_key(problem) << ": " << check.worst;
        }
      });
    }
  }
}

// A check that could not tell a mask off by one would be worth nothing.
TEST(Attention, SeesAMaskThatIsOffByOne) {
  const Problem open = attention({1, 1, 1, 1, 600, 64}, false);
  std::vector<std::vector<float>> arrays = inputs_of(open);
  const std::vector<float> whole =
      launch_once(*kernel::named("attention/reference"), open, arrays, 1);
  arrays.push_back(whole);
  // The same output against one key fewer.
  const Problem fewer = attention({1, 1, 1, 1, 599, 64}, false);
  arrays[1].resize(599 * 64);
  arrays[2].resize(599 * 64);
  std::vector<std::vector<std::byte>> bytes;
  for (const std::vector<float>& array : arrays) {
    const auto packed = std::as_bytes(std::span(array));
    bytes.emplace_back(packed.begin(), packed.end());
  }
  EXPECT_FALSE(check_output(fewer, bytes, 1'000'000'000, 1).passed);
}

}  // namespace ergon
