#include "harness/config/protocol.h"

#include <gtest/gtest.h>

#include "harness/config/yaml.h"
#include "kernels/error.h"

namespace ergon {

TEST(Protocol, FixedPowerIsThePresetOfTheReference) {
  const Protocol protocol = protocol_presets()[0];
  EXPECT_EQ(protocol.preset, "fixed-power");
  EXPECT_GE(protocol.window_min, Seconds{1});
  EXPECT_EQ(protocol.windows_min, 5);
  EXPECT_EQ(protocol.windows_max, 20);
  EXPECT_EQ(protocol.half_width_max, 0.01);
}

TEST(Protocol, FixedFrequencyDiffersInNothingButItsName) {
  Protocol protocol = *protocol_preset("fixed-frequency");
  EXPECT_NE(protocol, protocol_presets()[0]);
  EXPECT_NE(protocol_hash(protocol), protocol_hash(protocol_presets()[0]));
  protocol.preset = "fixed-power";
  EXPECT_EQ(protocol, protocol_presets()[0]);
}

TEST(Protocol, KeyWritesEveryFieldInIntegers) {
  EXPECT_EQ(protocol_key(*protocol_preset("quick")),
            "p1:block_max_us=20000000,half_width_max_ppm=30000,idle_us=500000,"
            "point_max_us=2000000,preset=quick,replicates=1,sentinels=2,settle_max_us=500000,"
            "settle_min_us=150000,time_max_us=150000,time_samples_min=10,window_lengths=1,"
            "window_min_us=100000,window_updates_min=10,windows_max=6,windows_min=3");
  EXPECT_EQ(protocol_hash(*protocol_preset("quick")),
            "d8140ae65d18f36001feedafcd2543a649e3ad633cf9421bdadd7b7496699c93");
}

TEST(Protocol, NamesOfPresetsAreFoundAndOthersNot) {
  for (const Protocol& preset : protocol_presets()) {
    EXPECT_EQ(protocol_preset(preset.preset), preset);
  }
  EXPECT_FALSE(protocol_preset("slow"));
}

TEST(Protocol, OverridesAreReadOverThePreset) {
  const Protocol protocol =
      read_protocol(parse_yaml("{preset: quick, windows_max: 8, window_min_s: 0.2}", "test"));
  Protocol expected = *protocol_preset("quick");
  expected.windows_max = 8;
  expected.window_min = {0.2};
  EXPECT_EQ(protocol, expected);
}

TEST(Protocol, WithoutAPresetOverridesAreOverFixedPower) {
  Protocol expected = protocol_presets()[0];
  expected.idle = {2.5};
  EXPECT_EQ(read_protocol(parse_yaml("{idle_s: 2.5}", "test")), expected);
}

TEST(Protocol, DurationsAreRoundedToWhatTheKeyTellsApart) {
  const Protocol rounded = read_protocol(parse_yaml("{idle_s: 0.00000149}", "test"));
  EXPECT_EQ(rounded.idle, Seconds{0.000001});
}

TEST(Protocol, HasTimeForASlowMeter) {
  const Protocol protocol = protocol_presets()[0];
  EXPECT_EQ(with_time_for(protocol, Seconds{0}), protocol);
  EXPECT_EQ(with_time_for(protocol, Seconds{0.1}).point_max, Seconds{75});  // 20 s of windows
  // 5 s of time phase, 30 s of settling, ten windows of 20 s.
  EXPECT_EQ(with_time_for(protocol, Seconds{1}).point_max, Seconds{235});
  Protocol tight = protocol;
  tight.point_max = {5};
  EXPECT_EQ(with_time_for(tight, Seconds{0.001}).point_max, Seconds{5});
}

TEST(Protocol, FixedFrequencyAllowsNoPowerCap) {
  EXPECT_TRUE(meter_options(protocol_presets()[0]).empty());
  const auto options = meter_options(*protocol_preset("fixed-frequency"));
  ASSERT_EQ(options.size(), 1u);
  EXPECT_EQ(options[0].meter, "nvml");
  EXPECT_EQ(options[0].option, "reasons_allowed_mask");
  EXPECT_EQ(options[0].value, 0x113);  // idle, applications' clocks, sync boost, display clocks
}

TEST(Protocol, HalfWidthComesOutOfAKey) {
  EXPECT_EQ(half_width_of_key(protocol_key(*protocol_preset("quick"))), 0.03);
  EXPECT_EQ(half_width_of_key(protocol_key(protocol_presets()[0])), 0.01);
  EXPECT_EQ(half_width_of_key(""), 0.01);
  EXPECT_EQ(half_width_of_key("p1:half_width_max_ppm=x"), 0.01);
}

TEST(Protocol, TwoWindowLengthsAreRefused) {
  EXPECT_THROW((void)read_protocol(parse_yaml("{window_lengths: 2}", "test")), Error);
  EXPECT_EQ(read_protocol(parse_yaml("{window_lengths: 1}", "test")).window_lengths, 1);
}

TEST(Protocol, ABudgetBelowItsWindowsIsRefused) {
  EXPECT_THROW((void)read_protocol(parse_yaml("{preset: quick, window_min_s: 1}", "test")), Error);
}

}  // namespace ergon
