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
            "point_max_us=2000000,preset=quick,settle_max_us=500000,time_max_us=150000,"
            "time_samples_min=10,window_min_us=100000,window_updates_min=10,windows_max=6,"
            "windows_min=3");
  EXPECT_EQ(protocol_hash(*protocol_preset("quick")),
            "663df49b84e856ec55cdc0cfd61f6caf164db54f25b6a428ad1ce282311c32f6");
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

TEST(Protocol, ABudgetBelowItsWindowsIsRefused) {
  EXPECT_THROW((void)read_protocol(parse_yaml("{preset: quick, window_min_s: 1}", "test")), Error);
}

}  // namespace ergon
