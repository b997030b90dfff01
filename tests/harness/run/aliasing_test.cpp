#include "harness/run/aliasing.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ergon {
namespace {

// A sensor of 100 ms that looks for 25 ms, over five windows of 20 updates.
double hidden(double per_launch_s, double window_s = 0.025) {
  return bias_in_phase({.update_period = Seconds{0.1},
                        .averaging_window = Seconds{window_s},
                        .per_launch = Seconds{per_launch_s},
                        .updates = 100});
}

// A percent of the mean power.
bool hides(double per_launch_s, double window_s = 0.025) {
  return hidden(per_launch_s, window_s) > 0.01;
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

// 37 x 100 ms are ten launches of 370 ms; averaging over 25 ms leaves an eighth of that harmonic.
TEST(Aliasing, HidesALittleWhereAHighHarmonicKeepsStep) {
  EXPECT_NEAR(hidden(0.37), 4 / (M_PI * 37) * 0.37 / (M_PI * 37 * 0.025), 1e-9);
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
