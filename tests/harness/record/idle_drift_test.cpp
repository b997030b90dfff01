#include "harness/record/idle_drift.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ergon {
namespace {

IdlePower power(double watts, double u_watts, int stretches = 4) {
  return {.power = Watts{watts}, .u = Watts{u_watts}, .stretches = stretches};
}

IdleStretch stretch(double begin_s, double end_s, double joules, double u_joules = 0) {
  return {.begin_ns = static_cast<std::int64_t>(begin_s * 1e9),
          .end_ns = static_cast<std::int64_t>(end_s * 1e9),
          .energy = {{.channel = 2, .gross = Joules{joules}, .u_edge = Joules{u_joules}}}};
}

}  // namespace

TEST(IdleDrift, RejectsMoreThanFivePercent) {
  EXPECT_TRUE(idle_drift(power(100, 50), power(106, 50), 0.01).rejects);
  EXPECT_TRUE(idle_drift(power(106, 50), power(100, 50), 0.01).rejects);
  EXPECT_FALSE(idle_drift(power(100, 50), power(105, 50), 0.01).rejects);
  EXPECT_NEAR(idle_drift(power(106, 50), power(100, 50), 0.01).relative, -6 / 103.0, 1e-12);
}

TEST(IdleDrift, RejectsThreeSigmasOfMoreThanOnePercent) {
  // 2 W of 101, known to hypot(0.3, 0.4) = 0.5 W and to 0.7.
  const IdleDrift seen = idle_drift(power(100, 0.3), power(102, 0.4), 0.01);
  EXPECT_NEAR(seen.sigmas, 4, 1e-12);
  EXPECT_TRUE(seen.rejects);
  EXPECT_FALSE(idle_drift(power(100, 0.5), power(102, 0.5), 0.01).rejects);
  // Below 1 %, however surely.
  EXPECT_FALSE(idle_drift(power(100, 0.01), power(100.9, 0.01), 0.01).rejects);
}

TEST(IdleDrift, TakesNoSigmasFromASingleStretch) {
  EXPECT_FALSE(idle_drift(power(100, 0, 1), power(102, 0, 4), 0.01).rejects);
  EXPECT_TRUE(idle_drift(power(100, 0, 2), power(102, 0, 4), 0.01).rejects);
}

TEST(IdleDrift, AllowsMoreForAWiderInterval) {
  EXPECT_FALSE(idle_drift(power(100, 50), power(115, 50), 0.03).rejects);
  EXPECT_TRUE(idle_drift(power(100, 50), power(117, 50), 0.03).rejects);
}

TEST(IdleDrift, IsNoneBetweenEqualPowers) {
  EXPECT_FALSE(idle_drift(power(0, 0), power(0, 0), 0.01).rejects);
  EXPECT_TRUE(idle_drift(power(0, 0), power(1, 0), 0.01).rejects);
}

TEST(IdlePower, IsTheMeanOfTheGoodStretches) {
  IdleStretch broken = stretch(6, 8, 1000);
  broken.invalid = kStealTime;
  const IdleStretch good[] = {stretch(0, 2, 18, 0.4), stretch(2, 4, 20, 0.2), stretch(4, 6, 22)};
  const IdleStretch* bracket[] = {&good[0], &good[1], &good[2], &broken};
  const auto found = idle_power(bracket, 2);
  ASSERT_TRUE(found);
  EXPECT_DOUBLE_EQ(found->power.value, 10);
  EXPECT_DOUBLE_EQ(found->u.value, std::hypot(0.4 / 6, 1 / std::sqrt(3.0)));
  EXPECT_DOUBLE_EQ(found->middle_ns, 4e9);
  EXPECT_EQ(found->stretches, 3);
  EXPECT_FALSE(idle_power(bracket, 1));
}

}  // namespace ergon
