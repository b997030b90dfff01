#include "harness/meter/nvml.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/harness/meter/nvml_fixture.h"

namespace ergon::nvml {

namespace fs = std::filesystem;

TEST_F(NvmlTest, SaysWhyThereIsNoDriver) {
  fs::remove_all(root / "usr");
  EXPECT_EQ(open(), nullptr);
  EXPECT_EQ(why_not, "nvml: no NVIDIA GPU on this machine's PCI bus");
  add_file("sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n");
  EXPECT_EQ(open(), nullptr);
  EXPECT_EQ(why_not,
            "nvml: the NVIDIA GPU here has no driver; install it: sudo apt-get install "
            "nvidia-driver");
  add_file("proc/driver/nvidia/version", "NVRM");
  EXPECT_EQ(open(), nullptr);
  EXPECT_NE(why_not.find("docker run --gpus all"), std::string::npos) << why_not;
}

TEST_F(NvmlTest, SaysWhyTheDriverDoesNotStart) {
  driver->init_status = kDriverNotLoaded;
  EXPECT_EQ(open(), nullptr);
  EXPECT_EQ(why_not,
            "nvml: nvmlInit_v2: the NVIDIA kernel module is not loaded; load it: sudo modprobe "
            "nvidia");
  driver->init_status = kVersionMismatch;
  EXPECT_EQ(open(), nullptr);
  EXPECT_NE(why_not.find("of different driver versions; reboot"), std::string::npos) << why_not;
  driver->init_status = kSuccess;
  driver->gpus = 0;
  EXPECT_EQ(open(), nullptr);
  EXPECT_NE(why_not.find("the driver sees no GPU"), std::string::npos) << why_not;
}

TEST_F(NvmlTest, TakesTheLibraryThatTheEnvironmentNames) {
  make_h100();
  fs::remove_all(root / "usr");
  ::setenv("ERGON_NVML_LIBRARY", ERGON_FAKE_NVML, 1);
  EXPECT_NE(open(), nullptr) << why_not;
  ::setenv("ERGON_NVML_LIBRARY", "/nonexistent.so", 1);
  EXPECT_EQ(open(), nullptr);
  EXPECT_EQ(
      why_not,
      "nvml: ERGON_NVML_LIBRARY=/nonexistent.so cannot be loaded; unset it, or name a library "
      "that can");
}

TEST_F(NvmlTest, GivesEnergyThenPowerThenWhatStandsBeside) {
  make_h100();
  const auto meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  std::vector<std::string> names;
  for (const Channel& c : meter->channels()) names.push_back(c.name);
  EXPECT_EQ(names, (std::vector<std::string>{
                       "nvml/gpu-0", "nvml/gpu-0/power", "nvml/gpu-0/power-average",
                       "nvml/gpu-0/limited-by-power", "nvml/gpu-0/limited-by-heat",
                       "nvml/gpu-0/limited-by-sync-boost", "nvml/gpu-0/limited-by-board",
                       "nvml/gpu-0/limited-by-low-use", "nvml/gpu-0/limited-by-reliability",
                       "nvml/gpu-0/sm-clock", "nvml/gpu-0/memory-clock", "nvml/gpu-0/temperature",
                       "nvml/gpu-0/event-reasons"}));
  const Channel& energy = meter->channels()[0];
  EXPECT_EQ(energy.measure, Measure::energy);
  EXPECT_EQ(energy.source, Source::measured);
  EXPECT_EQ(energy.scale, 1e-3);
  EXPECT_EQ(energy.wrap, 0u);
  EXPECT_EQ(energy.update_period, Seconds{0.1});
  EXPECT_EQ(energy.averaging_window, Seconds{0.025});
  EXPECT_EQ(channel(*meter, "nvml/gpu-0/power").averaging_window, Seconds{0.025});
  EXPECT_EQ(channel(*meter, "nvml/gpu-0/power-average").averaging_window, Seconds{1});
  EXPECT_EQ(energy.gain_relative, 0.05);
  EXPECT_EQ(energy.gain_group, std::string("nvml/") + kUuidB);
  EXPECT_NE(energy.note.find("sees 25 ms of every 100 ms"), std::string::npos) << energy.note;
  EXPECT_EQ(channel(*meter, "nvml/gpu-0/power").within, "nvml/gpu-0");
  EXPECT_EQ(channel(*meter, "nvml/gpu-0/power-average").within, "nvml/gpu-0");
  EXPECT_EQ(channel(*meter, "nvml/gpu-0/sm-clock").scale, 1e6);
  EXPECT_EQ(read(*meter, "nvml/gpu-0").raw, 5'000'000u);
  EXPECT_EQ(read(*meter, "nvml/gpu-0/power").raw, 350'000u);
  EXPECT_EQ(read(*meter, "nvml/gpu-0/power-average").raw, 340'000u);
  EXPECT_EQ(read(*meter, "nvml/gpu-0/limited-by-heat").raw, 77u);
  EXPECT_EQ(read(*meter, "nvml/gpu-0/sm-clock").raw, 1980u);
  EXPECT_EQ(read(*meter, "nvml/gpu-0/temperature").raw, 41u);
  EXPECT_EQ(read(*meter, "nvml/gpu-0/event-reasons").raw, 1u);
}

TEST_F(NvmlTest, KnowsThePublishedSensors) {
  struct Case {
    std::uint32_t architecture;
    int major, minor;
    double period_s;
    const char* note;
  };
  const Case cases[] = {
      {kVolta, 7, 0, 0.02, "sees 10 ms of every 20 ms"},
      {kAmpere, 8, 0, 0.1, "sees 25 ms of every 100 ms"},
      {kBlackwell, 10, 0, 0.1, "ergon characterise finds it"},
      {0xffffffff, 0, 0, 0.1, "ergon characterise finds it"},
  };
  make_h100();
  for (const Case& c : cases) {
    driver->gpu[0].architecture = c.architecture;
    driver->gpu[0].compute_major = c.major;
    driver->gpu[0].compute_minor = c.minor;
    const auto meter = open();
    ASSERT_NE(meter, nullptr) << why_not;
    EXPECT_EQ(meter->channels()[0].update_period, Seconds{c.period_s}) << c.architecture;
    EXPECT_NE(meter->channels()[0].note.find(c.note), std::string::npos) << c.architecture;
  }
  driver->gpu[0].architecture = kHopper;
  driver->gpu[0].name = "NVIDIA H200";
  EXPECT_NE(open()->channels()[0].note.find("ergon characterise"), std::string::npos);
}

TEST_F(NvmlTest, RefusesSlicedGpus) {
  make_h100();
  driver->gpu[0].mig = 1;
  EXPECT_EQ(open(), nullptr);
  EXPECT_EQ(
      why_not,
      "nvml: GPU 0 is sliced by MIG, and its counter is of the whole GPU; for energy turn MIG "
      "off: sudo nvidia-smi -i 0 -mig 0");
  driver->gpus = 2;
  make_h100(1);
  const auto meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_EQ(meter->channels()[0].name, "nvml/gpu-1");
  EXPECT_NE(meter->channels()[0].note.find("left out: nvml: GPU 0 is sliced by MIG"),
            std::string::npos);
  ::setenv("CUDA_VISIBLE_DEVICES", "MIG-1234", 1);
  EXPECT_EQ(open(), nullptr);
  EXPECT_NE(why_not.find("names a MIG slice"), std::string::npos);
}

TEST_F(NvmlTest, FindsGpusByUuidWhateverTheirOrder) {
  driver->gpus = 2;
  make_h100(0);  // NVML's first is B, CUDA's first may be A
  make_h100(1);
  const auto meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  const auto name_of = [&](std::string_view uuid) {
    const int i = gpu_channel(meter->channels(), uuid);
    return i < 0 ? "none" : meter->channels()[static_cast<std::size_t>(i)].name;
  };
  EXPECT_EQ(name_of(kUuidA), "nvml/gpu-1");
  EXPECT_EQ(name_of(kUuidB), "nvml/gpu-0");
  EXPECT_EQ(name_of("GPU-AAAAAAAA-0000-0000-0000-00000000000A"), "nvml/gpu-1");
  EXPECT_EQ(name_of("GPU-cccccccc-0000-0000-0000-00000000000c"), "none");
}

TEST_F(NvmlTest, HonoursCudaVisibleDevicesByUuidAlone) {
  driver->gpus = 2;
  make_h100(0);
  make_h100(1);
  ::setenv("CUDA_VISIBLE_DEVICES", "GPU-AAAA", 1);
  auto meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_EQ(gpu_channel(meter->channels(), kUuidA), 0);
  EXPECT_EQ(gpu_channel(meter->channels(), kUuidB), -1);
  ::setenv("CUDA_VISIBLE_DEVICES", "1", 1);  // CUDA's number, which is not NVML's
  meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_NE(gpu_channel(meter->channels(), kUuidA), -1);
  EXPECT_NE(gpu_channel(meter->channels(), kUuidB), -1);
}

TEST_F(NvmlTest, DoesNotTakeAnEchoForAScope) {
  make_h100();
  for (const std::uint32_t scope : {kScopeModule, kScopeMemory, kScopeBase}) {
    set_field(kFieldPowerInstant, 350'000, scope);
  }
  const auto meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  for (const char* name : {"nvml/gpu-0/module", "nvml/gpu-0/memory", "nvml/gpu-0/scope-2"}) {
    EXPECT_EQ(find(*meter, name), -1) << name;
  }
}

TEST_F(NvmlTest, PutsTheGpuIntoItsModuleAndMemoryIntoTheGpu) {
  make_h100();
  set_field(kFieldPowerInstant, 480'000, kScopeModule);
  set_field(kFieldPowerAverage, 60'000, kScopeMemory);
  set_field(kFieldPowerInstant, 290'000, kScopeBase);
  auto meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_EQ(channel(*meter, "nvml/gpu-0/module").within, "");
  EXPECT_EQ(channel(*meter, "nvml/gpu-0/module").domain, "module");
  EXPECT_EQ(channel(*meter, "nvml/gpu-0").within, "nvml/gpu-0/module");
  EXPECT_EQ(channel(*meter, "nvml/gpu-0/memory").within, "nvml/gpu-0");
  EXPECT_EQ(read(*meter, "nvml/gpu-0/memory").raw, 60'000u);
  EXPECT_EQ(read(*meter, "nvml/gpu-0/module").raw, 480'000u);
  // 60 W and 200 W are not the GPU's 350 W: which part it is, nobody knows.
  set_field(kFieldPowerInstant, 200'000, kScopeBase);
  meter = open();
  EXPECT_EQ(find(*meter, "nvml/gpu-0/memory"), -1);
  EXPECT_EQ(channel(*meter, "nvml/gpu-0/scope-2").domain, "gpu-scope-2");
}

TEST_F(NvmlTest, TakesTheModuleWhereTheGpuHasNoSensor) {
  driver->gpu[0].uuid = kUuidA;
  set_field(kFieldPowerInstant, 480'000, kScopeModule);
  const auto meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_EQ(meter->channels()[0].name, "nvml/gpu-0/module");
  EXPECT_EQ(gpu_channel(meter->channels(), kUuidA), 0);
}

TEST_F(NvmlTest, DescribesTheGpuForTheProvenance) {
  make_h100();
  driver->gpu[0].processes = 1;
  driver->gpu[0].pids[0] = 4711;
  const auto description = nlohmann::json::parse(nvml_description(root));
  EXPECT_EQ(description.at("driver"), "570.86.15");
  const auto& gpu = description.at("gpus").at(0);
  EXPECT_EQ(gpu.at("uuid"), kUuidB);
  EXPECT_EQ(gpu.at("architecture"), 9);
  EXPECT_EQ(gpu.at("power_limits").at("enforced_mw"), 700'000);
  EXPECT_EQ(gpu.at("ecc").at("pending"), 0);
  EXPECT_EQ(gpu.at("pci").at("bus_id"), "00000000:19:00.0");
  EXPECT_EQ(gpu.at("vbios").at("absent"), "this driver does not have the function");
  EXPECT_EQ(gpu.at("compute_processes").at(0).at("pid"), 4711);
  fs::remove_all(root / "usr");
  EXPECT_EQ(nlohmann::json::parse(nvml_description(root)).at("absent"),
            "nvml: no NVIDIA GPU on this machine's PCI bus");
}

TEST(GpuUuid, IsSpeltAsNvmlDoes) {
  const std::array<std::uint8_t, 16> bytes = {0xaa, 0xbb, 0xcc, 0xdd, 0x01, 0x02, 0x03, 0x04,
                                              0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0xff};
  EXPECT_EQ(gpu_uuid(bytes), "GPU-aabbccdd-0102-0304-0506-0708090a0bff");
}

}  // namespace ergon::nvml
