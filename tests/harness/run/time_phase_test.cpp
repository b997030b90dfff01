#include "harness/run/time_phase.h"

#include <gtest/gtest.h>

namespace ergon {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// A launch that lasts `launch_ns` of virtual time.
class VirtualLoad final : public Load {
 public:
  VirtualLoad(VirtualClock& clock, std::int64_t launch_ns) : clock_(clock), launch_ns_(launch_ns) {}
  void launch(std::int64_t count) override { clock_.advance(count * launch_ns_); }

 private:
  VirtualClock& clock_;
  std::int64_t launch_ns_;
};

Protocol protocol() {
  Protocol made = protocol_presets()[0];
  made.time_samples_min = 30;
  made.time_max = Seconds{5};
  return made;
}

}  // namespace

TEST(MeasureTime, TimesOneLaunchWhereItIsLongEnough) {
  VirtualClock clock;
  VirtualLoad load(clock, 25'000);
  const TimePhase phase = measure_time(load, clock, protocol());
  EXPECT_EQ(phase.batch, 1);
  ASSERT_EQ(phase.times.size(), 30u);
  for (const Seconds time : phase.times) EXPECT_DOUBLE_EQ(time.value, 25e-6);
}

TEST(MeasureTime, BatchesLaunchesThatAreTooShortForTheClock) {
  VirtualClock clock;
  VirtualLoad load(clock, 100);
  const TimePhase phase = measure_time(load, clock, protocol());
  EXPECT_GE(phase.batch, 100);  // 10 us a sample
  EXPECT_LE(phase.batch, 400);
  for (const Seconds time : phase.times) EXPECT_DOUBLE_EQ(time.value, 100e-9);
}

TEST(MeasureTime, StopsWhereSamplesAreSlowToCome) {
  VirtualClock clock;
  VirtualLoad load(clock, 2 * kSecond);
  const TimePhase phase = measure_time(load, clock, protocol());
  EXPECT_EQ(phase.times.size(), 3u);  // the third ends after 5 s
}

}  // namespace ergon
