#include "harness/comm/turns.h"

#include <gtest/gtest.h>

namespace ergon {

TEST(Turns, AreOneRanksOfANodeAtATime) {
  Turns turns({0, 0, 1});
  EXPECT_TRUE(turns.ask(0));
  EXPECT_FALSE(turns.ask(1));
  EXPECT_TRUE(turns.ask(2));  // alone on its node
  EXPECT_EQ(turns.pass(0), 1);
  EXPECT_EQ(turns.pass(1), 0);
}

TEST(Turns, StayWhereNobodyWaits) {
  Turns turns({0, 0});
  EXPECT_TRUE(turns.ask(1));
  EXPECT_EQ(turns.pass(1), std::nullopt);
  EXPECT_FALSE(turns.ask(0));
  EXPECT_EQ(turns.pass(1), 0);
}

TEST(Turns, GoRoundInTheOrderOfAsking) {
  Turns turns({0, 0, 0});
  EXPECT_TRUE(turns.ask(2));
  EXPECT_FALSE(turns.ask(0));
  EXPECT_FALSE(turns.ask(1));
  EXPECT_EQ(turns.pass(2), 0);
  EXPECT_EQ(turns.pass(0), 1);
  EXPECT_EQ(turns.pass(1), 2);
}

TEST(Turns, GoOnWhenARankLeaves) {
  Turns turns({0, 0, 0});
  EXPECT_TRUE(turns.ask(0));
  EXPECT_FALSE(turns.ask(1));
  EXPECT_FALSE(turns.ask(2));
  EXPECT_EQ(turns.leave(1), std::nullopt);  // it waited
  EXPECT_EQ(turns.leave(0), 2);
  EXPECT_EQ(turns.leave(2), std::nullopt);
}

TEST(Turns, MayBeLeftByWhoNeverAsked) {
  Turns turns({0, 0});
  EXPECT_TRUE(turns.ask(0));
  EXPECT_EQ(turns.leave(1), std::nullopt);
  EXPECT_EQ(turns.pass(0), std::nullopt);
}

}  // namespace ergon
