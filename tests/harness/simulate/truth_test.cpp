#include "harness/simulate/truth.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ergon {

TEST(PowerTruth, AddsLoadToIdleFromTheMomentItIsSet) {
  PowerTruth truth({.idle = Watts{50}});
  truth.set_load(Seconds{2}, {.power = Watts{100}});
  truth.set_load(Seconds{5}, {});
  EXPECT_DOUBLE_EQ(truth.energy(Seconds{1}).value, 50);
  EXPECT_DOUBLE_EQ(truth.energy(Seconds{3}).value, 250);
  EXPECT_DOUBLE_EQ(truth.energy(Seconds{10}).value, 800);
  EXPECT_DOUBLE_EQ(truth.idle_energy(Seconds{10}).value, 500);
}

TEST(PowerTruth, GrowsByItsDrift) {
  PowerTruth truth({.idle = Watts{100}, .drift_per_s = 0.01});
  truth.set_load(Seconds{10}, {.power = Watts{100}});
  // 100 W x (10 + 0.01 x 50) s, then 200 W x (10 + 0.01 x 150) s.
  EXPECT_NEAR(truth.energy(Seconds{10}).value, 1050, 1e-9);
  EXPECT_NEAR(truth.energy(Seconds{20}).value, 1050 + 2300, 1e-9);
  EXPECT_NEAR(truth.idle_energy(Seconds{20}).value, 2200, 1e-9);
}

TEST(PowerTruth, LeaksMoreAsItWarmsAndLessAsItCools) {
  PowerTruth truth({.idle = Watts{0}, .thermal_rise = 0.1, .thermal_time = Seconds{5}});
  truth.set_load(Seconds{0}, {.power = Watts{100}});
  truth.set_load(Seconds{5}, {});
  // 10 W (t - 5 (1 - exp(-t / 5))) at t = 5, and what is left of 6.321 W decays over 5 s.
  EXPECT_NEAR(truth.energy(Seconds{5}).value, 500 + 10 * 5 * std::exp(-1.0), 1e-9);
  EXPECT_NEAR(truth.energy(Seconds{1000}).value, 500 + 50 * std::exp(-1.0) + 31.6060279, 1e-6);
}

TEST(PowerTruth, SwingsAboutTheMeanAndAveragesToIt) {
  PowerTruth truth({.idle = Watts{0}});
  truth.set_load(Seconds{1}, {.power = Watts{100}, .swing = 0.5, .swing_period = Seconds{0.2}});
  EXPECT_NEAR(truth.energy(Seconds{1.05}).value, 7.5, 1e-9);  // 150 W
  EXPECT_NEAR(truth.energy(Seconds{1.1}).value, 15, 1e-9);
  EXPECT_NEAR(truth.energy(Seconds{1.15}).value, 17.5, 1e-9);  // 50 W
  EXPECT_NEAR(truth.energy(Seconds{3}).value, 200, 1e-9);
}

}  // namespace ergon
