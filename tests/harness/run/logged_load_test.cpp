#include "harness/run/logged_load.h"

#include <gtest/gtest.h>

namespace ergon {
namespace {

// Launches of 10 ns each.
class SteadyLoad final : public Load {
 public:
  explicit SteadyLoad(VirtualClock& clock) : clock_(clock) {}
  void launch(std::int64_t count) override { clock_.advance(10 * count); }

 private:
  VirtualClock& clock_;
};

}  // namespace

TEST(LoggedLoad, CountsLaunchesBetweenTwoTimes) {
  VirtualClock clock;
  SteadyLoad steady(clock);
  LoggedLoad load(steady, clock);
  load.launch(10);     // from 0 to 100 ns
  clock.advance(900);  // nothing
  load.launch(4);      // from 1000 to 1040 ns
  EXPECT_EQ(load.last_ns(), 1040);
  EXPECT_EQ(load.launches_at(50), 5);
  EXPECT_EQ(load.launches_at(500), 10);
  EXPECT_EQ(load.launches_at(1000), 10);
  EXPECT_EQ(load.launches_at(1025), 12.5);
  EXPECT_EQ(load.launches_at(1040), 14);
}

TEST(LoggedLoad, StillKnowsWhatLiesBehindWhatItForgot) {
  VirtualClock clock;
  SteadyLoad steady(clock);
  LoggedLoad load(steady, clock);
  for (int i = 0; i < 5; ++i) load.launch(1);
  load.forget_before(25);
  EXPECT_EQ(load.launches_at(25), 2.5);
  EXPECT_EQ(load.launches_at(50), 5);
}

}  // namespace ergon
