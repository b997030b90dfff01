#include "harness/run/aliasing.h"

#include <gtest/gtest.h>

namespace ergon {
namespace {

// A sensor of 100 ms that looks for 25 ms, over five windows of 20 updates.
bool hides(double per_launch_s, double window_s = 0.025) {
  return hides_in_phase({.update_period = Seconds{0.1},
                         .averaging_window = Seconds{window_s},
                         .per_launch = Seconds{per_launch_s},
                         .updates = 100});
}

}  // namespace

TEST(Aliasing, HidesInPhaseWhereALaunchLastsOneUpdate) {
  EXPECT_TRUE(hides(0.1));
  EXPECT_TRUE(hides(0.1005));  // turns by half a cycle in the whole point
  EXPECT_TRUE(hides(0.05));    // two launches an update
  EXPECT_TRUE(hides(0.3));     // third harmonic of a launch of three updates
}

TEST(Aliasing, ShowsWhereLaunchesPassThroughThePhases) {
  EXPECT_FALSE(hides(0.113));
  EXPECT_FALSE(hides(0.103));
}

TEST(Aliasing, ShowsWhereAWindowHoldsManyLaunches) {
  EXPECT_FALSE(hides(0.0001));
  EXPECT_FALSE(hides(0.0005));
}

TEST(Aliasing, ShowsWhereTheSensorSeesAllOfTheTimeOrTheWindowIsNotKnown) {
  EXPECT_FALSE(hides(0.1, 0.1));
  EXPECT_FALSE(hides(0.1, 1));
  EXPECT_FALSE(hides(0.1, 0));
}

}  // namespace ergon
