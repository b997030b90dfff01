#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "harness/meter/meter.h"

namespace ergon {
namespace {

double joules(Meter& meter) {
  Reading reading;
  meter.read({&reading, 1});
  return static_cast<double>(reading.raw) * meter.channels()[0].scale;
}

}  // namespace

TEST(Estimate, AddsIdlePowerOverElapsedTime) {
  VirtualClock clock;
  std::string why_not;
  const auto meter =
      meter::named("estimate")
          ->open({"/", {{"idle_watts", 12}, {"watts_per_core", 0}}, &clock}, why_not);
  clock.advance(2'500'000'000);
  EXPECT_NEAR(joules(*meter), 30, 1e-6);
}

TEST(Estimate, AddsPowerOfBusyCores) {
  VirtualClock clock;  // stands still, so that CPU time alone counts
  std::string why_not;
  const auto meter =
      meter::named("estimate")
          ->open({"/", {{"idle_watts", 12}, {"watts_per_core", 1000}}, &clock}, why_not);
  const double before = joules(*meter);
  volatile std::uint64_t sum = 0;
  for (int i = 0; i < 2'000'000; ++i) sum = sum + static_cast<std::uint64_t>(i);
  EXPECT_GT(joules(*meter), before + 0.1);  // 2 million additions take over 0.1 ms
}

TEST(Estimate, SaysWhatItIs) {
  std::string why_not;
  const auto meter = open_meter(*meter::named("estimate"), {}, "/", why_not);
  const Channel& channel = meter->channels()[0];
  EXPECT_EQ(channel.source, Source::estimated);
  EXPECT_EQ(channel.domain, "process");
  EXPECT_EQ(channel.note,
            "an estimate, not a measurement: idle_watts x elapsed time + watts_per_core x CPU time "
            "of this process");
}

}  // namespace ergon
