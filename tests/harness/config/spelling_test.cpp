#include "harness/config/spelling.h"

#include <gtest/gtest.h>

namespace ergon {

TEST(Spelling, DistanceCountsEdits) {
  EXPECT_EQ(edit_distance("kernels", "kernels"), 0);
  EXPECT_EQ(edit_distance("kernal", "kernels"), 2);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("preste", "preset"), 1);  // neighbours swapped
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
}

TEST(Spelling, SuggestsTheNearestWordOnly) {
  const std::vector<std::string> known{"axes", "kernels", "options"};
  EXPECT_EQ(did_you_mean("kernal", known), "; did you mean 'kernels'?");
  EXPECT_EQ(did_you_mean("axis", known), "; did you mean 'axes'?");
  EXPECT_EQ(did_you_mean("option_that_is_none", known), "");
  EXPECT_EQ(did_you_mean("opt", known), "; did you mean 'options'?");
  EXPECT_EQ(did_you_mean("zzz", known), "");
  EXPECT_EQ(did_you_mean("", known), "");
  EXPECT_EQ(did_you_mean("a", {}), "");
}

TEST(Spelling, JoinsWords) {
  EXPECT_EQ(joined(std::vector<std::string>{"a", "b"}), "a, b");
  EXPECT_EQ(joined({}), "none");
}

}  // namespace ergon
