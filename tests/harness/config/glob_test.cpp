#include "harness/config/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace ergon {

TEST(Glob, MatchesTheWholeText) {
  EXPECT_TRUE(glob_matches("avx512", "avx512"));
  EXPECT_FALSE(glob_matches("avx", "avx512"));
  EXPECT_FALSE(glob_matches("avx512", "avx"));
  EXPECT_TRUE(glob_matches("", ""));
  EXPECT_FALSE(glob_matches("", "a"));
}

TEST(Glob, StarsStandForAnyCharacters) {
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("one*", "onednn"));
  EXPECT_TRUE(glob_matches("*dnn", "onednn"));
  EXPECT_TRUE(glob_matches("a*b*c", "a.b.b.c"));
  EXPECT_FALSE(glob_matches("a*b*c", "a.b.b"));
  EXPECT_TRUE(glob_matches("*a*", "bab"));
  EXPECT_TRUE(glob_matches("a*", "a*"));
}

TEST(Glob, QuestionMarksStandForOneCharacter) {
  EXPECT_TRUE(glob_matches("avx?12", "avx512"));
  EXPECT_FALSE(glob_matches("avx?", "avx"));
}

TEST(Glob, ManyStarsDoNotTakeForever) {
  const std::string text(2000, 'a');
  EXPECT_FALSE(glob_matches("*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}

}  // namespace ergon
