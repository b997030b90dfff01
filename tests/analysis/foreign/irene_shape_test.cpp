#include "analysis/foreign/irene_shape.h"

#include <gtest/gtest.h>

namespace ergon::irene {

namespace {

using Extents = std::vector<std::pair<std::string, std::int64_t>>;

Extents extents_of(const Counts& counts) {
  const auto shape = shape_of(counts);
  return shape ? shape->extents : Extents{};
}

}  // namespace

TEST(IreneShape, FindsALinearWhoseWeightsAreCountedPerBatchItem) {
  // 8 x 32 tokens, 768 -> 3072: flops 2 m n k + m n; 8 (s k + k n + 3 s n) elements.
  const Counts up{"Linear", 8, 32, 256LL * 3072 * (2 * 768 + 1),
                  4LL * 8 * (32 * 768 + 768 * 3072 + 3 * 32 * 3072)};
  EXPECT_EQ(extents_of(up), (Extents{{"m", 256}, {"n", 3072}, {"k", 768}}));
  const Counts down{"Linear", 8, 32, 256LL * 768 * (2 * 3072 + 1),
                    4LL * 8 * (32 * 3072 + 768 * 3072 + 3 * 32 * 768)};
  EXPECT_EQ(extents_of(down), (Extents{{"m", 256}, {"n", 768}, {"k", 3072}}));
  EXPECT_EQ(shape_of(up)->options, (std::vector<std::pair<std::string, std::string>>{
                                       {"bias", "yes"}, {"transpose_b", "yes"}}));
}

TEST(IreneShape, FindsAPoolerOfOneTokenASequence) {
  const Counts pooler{"Linear", 16, 64, 2LL * 16 * 1024 * 1024,
                      4LL * (16 * 1024 + 1024 * 1024 + 16 * 1024)};
  EXPECT_EQ(extents_of(pooler), (Extents{{"m", 16}, {"n", 1024}, {"k", 1024}}));
}

TEST(IreneShape, TakesTheWiderSideOfAConv1dForItsOutput) {
  const Counts conv{"Conv1D", 4, 16, 2LL * 64 * 640 * 2560,
                    4LL * (64 * 640 + 640 * 2560 + 64 * 2560)};
  EXPECT_EQ(extents_of(conv), (Extents{{"m", 64}, {"n", 2560}, {"k", 640}}));
}

TEST(IreneShape, FindsHeadsAndHeadSizeOfAMatMul) {
  const std::int64_t heads = 20, size = 32, batch = 3, s = 48;
  const Counts matmul{"MatMul", batch, s, 2 * batch * heads * s * s * size,
                      4 * batch * heads * (2 * s * size + s * s)};
  EXPECT_EQ(extents_of(matmul), (Extents{{"batch", 60}, {"m", 48}, {"n", 48}, {"k", 32}}));
}

TEST(IreneShape, FindsRowsAndColumns) {
  EXPECT_EQ(extents_of({"LayerNorm", 2, 10, 8 * 20 * 512, 1}),
            (Extents{{"rows", 20}, {"columns", 512}}));
  EXPECT_EQ(extents_of({"Softmax", 2, 10, 5 * 2 * 8 * 100, 1}),
            (Extents{{"rows", 160}, {"columns", 10}}));
  EXPECT_EQ(extents_of({"Tanh", 2, 10, 4 * 2 * 512, 1}), (Extents{{"elements", 1024}}));
  EXPECT_EQ(extents_of({"Embedding", 2, 10, 0, 4 * 20 * 514, 512, 1000}),
            (Extents{{"tokens", 20}, {"columns", 512}, {"vocabulary", 1000}}));
}

TEST(IreneShape, FindsNoneWhereTheCountsAreOfNoShape) {
  EXPECT_FALSE(shape_of({"Linear", 8, 32, 256LL * 3072 * (2 * 768 + 1), 4}));
  EXPECT_FALSE(shape_of({"Embedding", 2, 10, 0, 4 * 20 * 514, 0}));
  EXPECT_FALSE(shape_of({"ReLU", 2, 10, 100, 100}));
  EXPECT_FALSE(shape_of({"MatMul", 8, 32, 7, 7}));
}

}  // namespace ergon::irene
