#include "harness/config/plan_time.h"

#include <gtest/gtest.h>

namespace ergon {

TEST(PlanTime, CountsWindowsBudgetsAndIdleStretches) {
  Protocol protocol = *protocol_preset("quick");
  protocol.window_min = {0.125};
  protocol.windows_min = 4;
  protocol.point_max = {2};
  protocol.block_max = {20};
  protocol.idle = {0.5};
  protocol.settle_min = {0.25};
  protocol.sentinels = 0;
  PlanTime time = plan_time(60, protocol);
  EXPECT_EQ(time.least, Seconds{60 * 0.75 + 4 * 0.5});  // 45 s are 3 blocks, so 4 idle stretches
  EXPECT_EQ(time.most, Seconds{60 * 2 + 7 * 0.5});      // 120 s are 6
  protocol.sentinels = 2;
  time = plan_time(60, protocol);
  EXPECT_EQ(time.least, Seconds{60 * 0.75 + 4 * (0.5 + 2 * 0.75)});
  EXPECT_EQ(plan_time(15, protocol).least, Seconds{15 * 0.75 + 2 * (0.5 + 0.75)});  // one is enough
  protocol.replicates = 3;
  EXPECT_EQ(plan_time(20, protocol).least, Seconds{60 * 0.75 + 4 * (0.5 + 2 * 0.75)});
}

TEST(PlanTime, NoPointsTakeNoTime) {
  const PlanTime time = plan_time(0, *protocol_preset("fixed-power"));
  EXPECT_EQ(time.least, Seconds{0});
  EXPECT_EQ(time.most, Seconds{0});
}

TEST(PlanTime, SixtyQuickPointsStayUnderThreeMinutes) {
  EXPECT_LT(plan_time(60, *protocol_preset("quick")).most, Seconds{180});
}

}  // namespace ergon
