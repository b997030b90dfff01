#include "analysis/features.h"

#include <gtest/gtest.h>

#include "tests/analysis/synthetic.h"

namespace ergon {

namespace {

Features features_of(const Problem& problem, const Machine& machine = {}) {
  return FeatureReader(*problem.primitive, problem.dtypes, machine)(problem);
}

}  // namespace

TEST(Features, ReadAProductOfMatrices) {
  const Features f = features_of(make_problem("gemm", {{"m", 5}, {"n", 6}, {"k", 7}}));
  EXPECT_EQ(f.flops, 2 * 5 * 6 * 7);
  EXPECT_EQ(f.bytes, 4 * (5 * 7 + 7 * 6 + 5 * 6));
  EXPECT_EQ(f.batch, 1);
  EXPECT_EQ(f.m, 5);
  EXPECT_EQ(f.n, 6);
  EXPECT_EQ(f.k, 7);
  EXPECT_EQ(f.rows, 5);
  EXPECT_EQ(f.outputs, 30);
}

TEST(Features, ReadAttentionAsItsScores) {
  const Features f = features_of(make_problem("attention", {{"batch", 2},
                                                            {"heads", 4},
                                                            {"kv_heads", 4},
                                                            {"queries", 8},
                                                            {"keys", 16},
                                                            {"head_size", 32}}));
  EXPECT_EQ(f.batch, 8);
  EXPECT_EQ(f.m, 8);
  EXPECT_EQ(f.n, 16);
  EXPECT_EQ(f.k, 32);
  EXPECT_EQ(f.rows, 64);
}

TEST(Features, ReadRowsWhereThereAreAny) {
  const Features f = features_of(make_problem("softmax", {{"rows", 10}, {"columns", 20}}));
  EXPECT_EQ(f.m, 0);
  EXPECT_EQ(f.rows, 10);
  EXPECT_EQ(f.specials, 210);
  EXPECT_EQ(features_of(make_problem("gelu", {{"elements", 9}})).rows, 0);
}

TEST(Features, CountTheLanesThatThreadsUse) {
  const std::vector<CacheLevel> caches = {{"L1", 32768, 8}, {"L2", 1 << 20, 8}, {"L3", 1 << 25, 1}};
  EXPECT_EQ(machine_of(caches, 2), (Machine{2, {2.0 * 32768, 2.0 * (1 << 20), 1.0 * (1 << 25)}}));
  EXPECT_EQ(machine_of(caches, 0).lanes, 8);  // a GPU
  EXPECT_EQ(machine_of({}, 1), Machine{});
}

}  // namespace ergon
