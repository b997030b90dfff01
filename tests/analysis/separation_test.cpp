#include "analysis/separation.h"

#include <array>

#include <gtest/gtest.h>

namespace ergon {

namespace {

template <std::size_t N>
Gram gram_of(std::initializer_list<std::array<double, N>> rows) {
  Gram gram(static_cast<int>(N));
  for (const auto& row : rows) gram.add(row, 1);
  return gram;
}

}  // namespace

TEST(Separation, KeepsWhatTheDataTellsApart) {
  const Separation separation = separate(gram_of<2>({{1, 0.1}, {0.1, 1}, {0.5, 0.5}}));
  ASSERT_EQ(separation.parts.size(), 2u);
  EXPECT_EQ(separation.parts[0].terms, std::vector<int>{0});
  EXPECT_EQ(separation.condition_number, separation.condition_number_unmerged);
}

TEST(Separation, MergesProportionalColumnsIntoTheLaterAndKeepsTheRatio) {
  const Separation separation = separate(gram_of<2>({{2, 3}, {4, 6}, {1, 1.5}}));
  ASSERT_EQ(separation.parts.size(), 1u);
  EXPECT_EQ(separation.parts[0].carrier, 1);
  EXPECT_EQ(separation.parts[0].terms, (std::vector<int>{0, 1}));
  ASSERT_EQ(separation.parts[0].merged.size(), 1u);
  EXPECT_EQ(separation.parts[0].merged[0].other, 0);
  EXPECT_NEAR(separation.parts[0].merged[0].ratio, 2.0 / 3, 1e-12);
  EXPECT_EQ(separation.condition_number, 1);
  EXPECT_GT(separation.condition_number_unmerged, kConditionMax);
}

TEST(Separation, LetsTheOthersAbsorbAColumnThatIsTheirSum) {
  // First = second + third, and no two are proportional.
  const Separation separation =
      separate(gram_of<3>({{1.1, 1, 0.1}, {1.1, 0.1, 1}, {1, 0.5, 0.5}, {0.9, 0.3, 0.6}}));
  ASSERT_EQ(separation.parts.size(), 2u);
  EXPECT_EQ(separation.parts[0].terms, (std::vector<int>{0, 1}));
  EXPECT_EQ(separation.parts[1].terms, (std::vector<int>{0, 2}));
  EXPECT_EQ(separation.parts[0].merged[0].ratio, 0);
}

TEST(Separation, DropsColumnsOfZeros) {
  const Separation separation = separate(gram_of<2>({{0, 1}, {0, 2}}));
  ASSERT_EQ(separation.parts.size(), 1u);
  EXPECT_EQ(separation.carriers(), std::vector<int>{1});
}

TEST(Separation, FitsOneCoefficientToOneRow) {
  EXPECT_EQ(separate(gram_of<3>({{1, 2, 3}})).parts.size(), 1u);
}

}  // namespace ergon
