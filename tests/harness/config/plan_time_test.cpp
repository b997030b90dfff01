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
  const PlanTime time = plan_time(60, protocol);
  EXPECT_EQ(time.least, Seconds{60 * 0.5 + 3 * 0.5});  // 30 s are 2 blocks, so 3 idle stretches
  EXPECT_EQ(time.most, Seconds{60 * 2 + 7 * 0.5});     // 120 s are 6
}

TEST(PlanTime, NoPointsTakeNoTime) {
  const PlanTime time = plan_time(0, *protocol_preset("fixed-power"));
  EXPECT_EQ(time.least, Seconds{0});
  EXPECT_EQ(time.most, Seconds{0});
}

TEST(PlanTime, SixtyQuickPointsStayUnderThreeMinutes) {
  EXPECT_LT(plan_time(75, *protocol_preset("quick")).most, Seconds{180});
}

}  // namespace ergon
