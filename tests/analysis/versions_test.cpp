#include "analysis/versions.h"

#include <gtest/gtest.h>

#include "harness/record/provenance.h"

namespace ergon {

TEST(Versions, AreReadFromTheProvenance) {
  EXPECT_EQ(versions_of(R"({"host": {"kernel": {"release": "6.1.0"}, "bios_version": "1.9"},
                            "cpu": {"microcode": "0x2b0004"}, "build": {"compiler": "GNU 12.2"},
                            "device": {"kind": "cpu"}, "nvml": {"driver": "550.54"}})"),
            (Versions{{"kernel", "6.1.0"},
                      {"firmware", "1.9"},
                      {"microcode", "0x2b0004"},
                      {"compiler", "GNU 12.2"}}));
}

TEST(Versions, OfAGpuHoldItsDriverAndVbios) {
  EXPECT_EQ(versions_of(R"({"device": {"kind": "cuda"},
                            "nvml": {"driver": "550.54", "gpus": [
                            {"vbios": "96.00"}, {"vbios": "96.00"}, {"vbios": "97.01"},
                            {"vbios": {"absent": "x"}}]}})"),
            (Versions{{"driver", "550.54"}, {"vbios", "96.00, 97.01"}}));
}

TEST(Versions, AreEmptyWhereTheProvenanceSaysNothing) {
  EXPECT_TRUE(versions_of("").empty());
  EXPECT_TRUE(versions_of("[1]").empty());
  EXPECT_TRUE(versions_of(R"({"nvml": {"absent": "no library"}, "host": 3})").empty());
}

TEST(Versions, OfThePresentMachineNameItsDeviceAndKernel) {
  const PresentMachine present = present_machine();
  EXPECT_EQ(present.build_hash, build_hash());
  ASSERT_FALSE(present.devices.empty());
  for (const auto& [device, versions] : present.devices) {
    EXPECT_FALSE(device.empty());
    EXPECT_TRUE(versions.contains("kernel"));
    EXPECT_TRUE(versions.contains("compiler"));
  }
}

}  // namespace ergon
