#include "harness/meter/external_chirp.h"

#include <gtest/gtest.h>

#include <thread>

namespace ergon {

TEST(Chirp, LoadsAsThePatternSays) {
  VirtualClock clock;
  clock.advance(5'000'000'000);
  const auto pulses = make_chirp(clock, [&](std::int64_t until_ns) { clock.wait_until(until_ns); });
  const auto wanted = chirp(6'000'000'000);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(pulses[i].begin_ns, wanted[i].begin_ns);
    EXPECT_EQ(pulses[i].end_ns, wanted[i].end_ns);
  }
  EXPECT_EQ(clock.now_ns(), 16'000'000'000);
}

TEST(Chirp, TellsWhenTheLoadReallyWas) {
  VirtualClock clock;
  const auto pulses = make_chirp(clock, [&](std::int64_t until_ns) {
    clock.wait_until(until_ns);
    clock.advance(2'500'000'000);  // the load cannot be stopped at once, and eats the next rest
  });
  EXPECT_EQ(pulses[0].end_ns, 5'500'000'000);
  EXPECT_EQ(pulses[1].begin_ns, 5'500'000'000);
}

TEST(Chirp, LoadOfTheCpusEndsInTime) {
  const std::int64_t begin_ns = steady_clock().now_ns();
  // A thread of its own: the team pins its caller and flushes its subnormals.
  std::thread([&] { load_cpus(begin_ns + 5'000'000); }).join();
  EXPECT_GE(steady_clock().now_ns(), begin_ns + 5'000'000);
}

}  // namespace ergon
