#include "harness/comm/clock_offset.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "harness/simulate/random.h"

namespace ergon {

TEST(ClockOffset, IsTheMiddleOfTheQuickestQuestion) {
  const PingPong questions[] = {
      {100, 1'000'250, 300}, {500, 1'000'520, 530}, {900, 1'001'400, 1200}};
  const ClockOffset found = clock_offset(questions);
  EXPECT_EQ(found.offset_ns, 1'000'005);
  EXPECT_EQ(found.bound_ns, 15);
  EXPECT_EQ(found.to_own(found.to_remote(42)), 42);
  EXPECT_EQ(found.to_remote(0), 1'000'005);
}

// However unlike the way there and the way back are.
TEST(ClockOffset, IsWithinItsBound) {
  Random random(7);
  for (int trial = 0; trial < 1000; ++trial) {
    const auto truth = static_cast<std::int64_t>((random.uniform() - 0.5) * 1e12);
    std::vector<PingPong> questions;
    std::int64_t now_ns = 1'000'000'000;
    for (int i = 0; i < 10; ++i) {
      const auto there = static_cast<std::int64_t>(random.uniform() * 1e5);
      const auto back = static_cast<std::int64_t>(random.uniform() * 1e6);
      questions.push_back({now_ns, now_ns + there + truth, now_ns + there + back});
      now_ns += 2'000'000;
    }
    const ClockOffset found = clock_offset(questions);
    EXPECT_LE(std::abs(found.offset_ns - truth), found.bound_ns) << trial;
  }
}

}  // namespace ergon
