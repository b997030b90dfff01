#include "harness/meter/tracer.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cmath>

#include "harness/record/record.h"

namespace ergon {
namespace {

constexpr std::int64_t kMs = 1'000'000;

Channel channel(Measure measure, double scale, double period_s = 0) {
  Channel made;
  made.measure = measure;
  made.scale = scale;
  made.update_period = Seconds{period_s};
  return made;
}

}  // namespace

TEST(Tracer, KeepsTheExtremesAndTheMeanOverTimeOfPower) {
  Tracer trace(channel(Measure::power, 1e-3));
  trace.add({.raw = 10'000}, 0, {}, 0);
  trace.add({.raw = 50'000}, 10 * kMs, {}, 0);   // 0.3 J
  trace.add({.raw = 20'000}, 110 * kMs, {}, 0);  // 3.5 J
  const ChannelTrace seen = trace.take();
  EXPECT_EQ(seen.begin, 10);
  EXPECT_EQ(seen.end, 20);
  EXPECT_EQ(seen.min, 10);
  EXPECT_EQ(seen.max, 50);
  EXPECT_DOUBLE_EQ(seen.mean, 3.8 / 0.11);
  EXPECT_DOUBLE_EQ(seen.gap.value, 0.1);
}

TEST(Tracer, BeginsWithTheReadingAtTheEdgeBefore) {
  Tracer trace(channel(Measure::temperature, 1));
  trace.add({.raw = 90}, 0, {}, 0);
  trace.add({.raw = 40}, kMs, {}, 0);
  static_cast<void>(trace.take());
  trace.add({.raw = 41}, 2 * kMs, {}, 0);
  const ChannelTrace seen = trace.take();
  EXPECT_EQ(seen.begin, 40);
  EXPECT_EQ(seen.end, 41);
  EXPECT_EQ(seen.max, 41);
  EXPECT_DOUBLE_EQ(seen.mean, 40.5);
}

TEST(Tracer, FindsThePeakOfACounterInStretchesOfATenthOfASecond) {
  Tracer trace(channel(Measure::energy, 1e-6, 0.001));
  double joules = 0;
  for (int ms = 0; ms <= 1000; ++ms) {  // 100 W, but 200 W for 50 ms
    trace.add({}, ms * kMs, Joules{joules}, 0);
    joules += ms >= 520 && ms < 570 ? 0.2 : 0.1;
  }
  const ChannelTrace seen = trace.take();
  EXPECT_NEAR(seen.max, 150, 1e-9);
  EXPECT_NEAR(seen.min, 100, 1e-9);
  EXPECT_DOUBLE_EQ(seen.gap.value, 0.1);
  EXPECT_TRUE(std::isnan(seen.mean));
}

TEST(Tracer, IsNotFooledByTheUpdatesOfACounter) {
  // 100 W in steps of 100 ms, read every 100 ms with a jitter of 40 ms: a stretch of one update
  // may hold two.
  Tracer trace(channel(Measure::energy, 1e-3, 0.1));
  for (int i = 0; i < 200; ++i) {
    const std::int64_t now_ns = i * 100 * kMs + (i % 3) * 20 * kMs + 30 * kMs;
    trace.add({}, now_ns, Joules{static_cast<double>(now_ns / (100 * kMs)) * 10}, 0);
  }
  const ChannelTrace seen = trace.take();
  EXPECT_NEAR(seen.max, 100, 10.5);
  EXPECT_GE(seen.gap.value, 1);
}

TEST(Tracer, BeginsANewStretchAtAFault) {
  Tracer trace(channel(Measure::energy, 1e-3));
  trace.add({}, 0, Joules{0}, 0);
  trace.add({}, 200 * kMs, Joules{10}, 0);                 // 50 W
  trace.add({}, 400 * kMs, Joules{10}, kBackwardCounter);  // not 0 W
  trace.add({.error = EIO}, 600 * kMs, Joules{10}, kReadFailed);
  trace.add({}, 900 * kMs, Joules{1010}, 0);  // not 2 kW: of which time is not known
  trace.add({}, 1100 * kMs, Joules{1022}, 0);
  const ChannelTrace seen = trace.take();
  EXPECT_DOUBLE_EQ(seen.min, 50);
  EXPECT_DOUBLE_EQ(seen.max, 60);
}

TEST(Tracer, CollectsFlagsOfTheWholeStretchAndItsBegin) {
  Tracer trace(channel(Measure::flags, 1));
  trace.add({.raw = 1}, 0, {}, 0);
  trace.add({.raw = 4}, kMs, {}, 0);
  EXPECT_EQ(trace.take().flags, 5u);
  trace.add({.raw = 8}, 2 * kMs, {}, 0);
  const ChannelTrace seen = trace.take();
  EXPECT_EQ(seen.flags, 12u);
  EXPECT_TRUE(std::isnan(seen.max));
}

TEST(Tracer, IsNothingWhereNothingWasRead) {
  Tracer trace(channel(Measure::power, 1));
  trace.add({.error = EIO}, 0, {}, kReadFailed);
  const ChannelTrace seen = trace.take();
  EXPECT_TRUE(std::isnan(seen.begin) && std::isnan(seen.max) && std::isnan(seen.mean));
  EXPECT_TRUE(std::isnan(seen.gap.value));
}

TEST(Tracer, GoesByTheSourcesOwnStamps) {
  Tracer trace(channel(Measure::power, 1));
  trace.add({.raw = 10, .time_ns = 1000 * kMs}, 1100 * kMs, {}, 0);
  trace.add({.raw = 10, .time_ns = 1300 * kMs}, 1900 * kMs, {}, 0);
  EXPECT_DOUBLE_EQ(trace.take().gap.value, 0.3);
}

}  // namespace ergon
