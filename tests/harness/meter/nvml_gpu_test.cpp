#include "harness/meter/nvml_gpu.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <limits>
#include <random>

#include "harness/meter/accumulator.h"
#include "harness/meter/edge_finder.h"
#include "harness/record/record.h"
#include "tests/harness/meter/nvml_fixture.h"

namespace ergon::nvml {

namespace fs = std::filesystem;

TEST_F(NvmlTest, FallsBackFieldByField) {
  make_h100();
  driver->gpu[0].fields[kFieldEnergy][0].status = kNotSupported;
  driver->gpu[0].total_energy_status = kSuccess;
  driver->gpu[0].total_energy_mj = 123'456;
  auto meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_EQ(read(*meter, "nvml/gpu-0").raw, 123'456u);
  driver->gpu[0].total_energy_status = kNotSupported;
  meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_EQ(find(*meter, "nvml/gpu-0"), -1);
  EXPECT_EQ(meter->channels()[0].name, "nvml/gpu-0/power");
  EXPECT_EQ(meter->channels()[0].within, "");
  EXPECT_EQ(channel(*meter, "nvml/gpu-0/power-average").within, "nvml/gpu-0/power");
  driver->gpu[0].fields[kFieldPowerInstant][0].status = kNotSupported;
  driver->gpu[0].fields[kFieldPowerAverage][0].status = kNotSupported;
  driver->gpu[0].power_usage_status = kSuccess;
  driver->gpu[0].power_usage_mw = 250'000;
  meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  // On this architecture nvmlDeviceGetPowerUsage is a mean over 1 s.
  EXPECT_EQ(meter->channels()[0].name, "nvml/gpu-0/power-average");
  EXPECT_EQ(read(*meter)[0].raw, 250'000u);
  driver->gpu[0].power_usage_status = kNotSupported;
  EXPECT_EQ(open(), nullptr);
  EXPECT_EQ(why_not, "nvml: GPU 0 gives neither energy nor power: this GPU does not support it");
}

TEST_F(NvmlTest, ReadsADriverOf2018) {
  use(ERGON_FAKE_NVML_OLD);
  FakeGpu& gpu = driver->gpu[0];
  gpu.total_energy_status = gpu.power_usage_status = kSuccess;
  gpu.total_energy_mj = 9'000;
  gpu.power_usage_mw = 55'000;
  gpu.violation_ns[1] = 5;
  const auto meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_EQ(read(*meter, "nvml/gpu-0").raw, 9'000u);
  EXPECT_EQ(read(*meter, "nvml/gpu-0/power").raw, 55'000u);
  EXPECT_EQ(read(*meter, "nvml/gpu-0/limited-by-heat").raw, 5u);
  clock.advance_ms(200);
  gpu.event_reasons = kReasonHardwareSlowdown;
  EXPECT_EQ(read(*meter)[0].faults, static_cast<std::uint32_t>(kThrottled));
}

TEST_F(NvmlTest, NeverShowsAZeroOrANegativeNumber) {
  make_h100();
  set_field(kFieldMemoryTemperature, 60);
  const auto meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  FakeField& energy = driver->gpu[0].fields[kFieldEnergy][0];
  energy.passed_over = true;
  EXPECT_EQ(read(*meter, "nvml/gpu-0").error, EIO);
  energy.passed_over = false;
  energy.value.as_ulonglong = 0;
  EXPECT_EQ(read(*meter, "nvml/gpu-0").error, ENODATA);
  energy.type = kSignedLongLong;
  energy.value.as_slonglong = -7;
  EXPECT_EQ(read(*meter, "nvml/gpu-0").error, ERANGE);
  energy.type = kDouble;
  for (const double bad : {-1.0, std::nan(""), std::numeric_limits<double>::infinity(), 2e19}) {
    energy.value.as_double = bad;
    EXPECT_EQ(read(*meter, "nvml/gpu-0").error, ERANGE) << bad;
  }
  energy.value.as_double = 12.0;
  EXPECT_EQ(read(*meter, "nvml/gpu-0").raw, 12u);
  energy.type = 99;
  EXPECT_EQ(read(*meter, "nvml/gpu-0").error, EPROTO);
  energy.status = kNoPermission;
  EXPECT_EQ(read(*meter, "nvml/gpu-0").error, EACCES);
  // Its neighbours are read all the same.
  EXPECT_EQ(read(*meter, "nvml/gpu-0/power").raw, 350'000u);
  EXPECT_EQ(read(*meter, "nvml/gpu-0/power").error, 0);
}

TEST_F(NvmlTest, CountsEnergyFromAnyPhase) {
  make_h100();
  const auto meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  std::mt19937_64 random(20240501);
  for (int i = 0; i < 10'000; ++i) {
    // Everywhere in 63 bits, a third of them about the ends of 31, 32 and 53 bits.
    std::uint64_t begin = 1 + (random() >> (1 + random() % 60));
    if (i % 3 == 0) begin = (1ULL << std::array{31, 32, 53}[random() % 3]) - random() % 1000 - 1;
    const std::uint64_t step = random() % 1'000'000;
    Accumulator accumulator(meter->channels()[0]);
    set_field(kFieldEnergy, begin);
    EXPECT_EQ(accumulator.add(read(*meter)[0], 0), 0u);
    set_field(kFieldEnergy, begin + step);
    EXPECT_EQ(accumulator.add(read(*meter)[0], 1), 0u) << begin << " + " << step;
    ASSERT_EQ(accumulator.energy().value, static_cast<double>(step) * 1e-3) << begin;
  }
}

TEST_F(NvmlTest, ACounterOf32BitsWraps) {
  make_h100();
  driver->gpu[0].fields[kFieldEnergy][0].type = kUnsignedInt;
  const auto meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_EQ(meter->channels()[0].wrap, 4294967296u);
  Accumulator accumulator(meter->channels()[0]);
  set_field(kFieldEnergy, 4294967290u);
  EXPECT_EQ(accumulator.add(read(*meter)[0], 0), 0u);
  set_field(kFieldEnergy, 4u);
  EXPECT_EQ(accumulator.add(read(*meter)[0], 1), 0u);
  EXPECT_DOUBLE_EQ(accumulator.energy().value, 0.010);
}

TEST_F(NvmlTest, ADriverReloadSpoilsTheWindow) {
  make_h100();
  const auto meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  Accumulator accumulator(meter->channels()[0]);
  EXPECT_EQ(accumulator.add(read(*meter)[0], 0), 0u);
  driver->gpu[0].lost = kGpuIsLost;
  EXPECT_EQ(accumulator.add(read(*meter)[0], 1), static_cast<std::uint32_t>(kReadFailed));
  clock.advance_ms(100);
  for (const Reading& reading : read(*meter)) EXPECT_EQ(reading.error, ENODEV);
  driver->gpu[0].lost = kSuccess;
  set_field(kFieldEnergy, 12);  // counts anew
  EXPECT_EQ(accumulator.add(read(*meter)[0], 2), static_cast<std::uint32_t>(kBackwardCounter));
  EXPECT_EQ(accumulator.energy().value, 0);
}

TEST_F(NvmlTest, EnergyOfAWindowIsThatOfTheSeries) {
  static constexpr unsigned kSeries[] = {100'000, 300'000, 500'000, 700'000};
  driver->gpu[0].uuid = kUuidA;
  driver->gpu[0].series_mw = kSeries;
  driver->gpu[0].series_length = 4;
  std::vector<std::unique_ptr<Meter>> meters;
  meters.push_back(open());
  ASSERT_NE(meters[0], nullptr) << why_not;
  EdgeFinder finder(std::move(meters), {.power = {0.01}});
  const auto edge_after = [&](std::int64_t time_ns) {
    while (clock.now_ns() < time_ns) {
      clock.wait_until(std::min(finder.next_ns(), time_ns));
      finder.step(clock);
    }
    finder.seek(clock.now_ns());
    while (!finder.step(clock)) clock.wait_until(finder.next_ns());
    return finder.edge();
  };
  const Edge begin = edge_after(1'030'000'000);
  const Edge end = edge_after(5'055'000'000);
  EXPECT_NEAR(static_cast<double>(begin.time_ns), 1.1e9, 1e6);
  EXPECT_NEAR(static_cast<double>(end.time_ns), 5.1e9, 1e6);
  // 4 s are ten whole rounds of the series, of 400 W on average.
  EXPECT_NEAR((end.energy[0] - begin.energy[0]).value, 1600, 1e-9);
  EXPECT_NEAR((end.energy[1] - begin.energy[1]).value, 1600, 10);
  EXPECT_EQ(end.faults[0], 0u);
}

TEST_F(NvmlTest, TellsOfThrottlingThatIsNotAllowed) {
  make_h100();
  const auto strict = open_with(275);  // without the power cap
  const auto meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  const auto faults = [&](Meter& of) {
    const auto readings = read(of);
    EXPECT_EQ(readings[0].faults, readings[1].faults);
    return readings[0].faults;
  };
  constexpr std::uint32_t kBit = kThrottled;
  EXPECT_EQ(faults(*meter), 0u);
  EXPECT_EQ(faults(*strict), 0u);
  struct Case {
    unsigned long long reasons;
    std::uint32_t usual, strict;
  };
  for (const Case c :
       {Case{kReasonSoftwarePowerCap, 0, kBit}, Case{kReasonHardwareSlowdown, kBit, kBit},
        Case{kReasonSoftwareThermal, kBit, kBit}, Case{kReasonDisplayClocks, 0, 0},
        Case{kReasonHardwarePowerBrake | kReasonIdle, kBit, kBit}, Case{0, 0, 0}}) {
    clock.advance_ms(100);
    driver->gpu[0].event_reasons = c.reasons;
    EXPECT_EQ(faults(*meter), c.usual) << c.reasons;
    EXPECT_EQ(faults(*strict), c.strict) << c.reasons;
  }
}

TEST_F(NvmlTest, SeesThrottlingBetweenTwoLooks) {
  make_h100();
  const auto meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_EQ(read(*meter)[0].faults, 0u);  // whatever it had counted before
  clock.advance_ms(1);
  set_field(kFieldLimitedByHeat, 78);
  EXPECT_EQ(read(*meter)[0].faults, static_cast<std::uint32_t>(kThrottled));
  EXPECT_EQ(read(*meter)[0].faults, 0u);
}

TEST_F(NvmlTest, TellsOfForeignProcesses) {
  make_h100();
  FakeGpu& gpu = driver->gpu[0];
  gpu.processes = 1;
  gpu.pids[0] = static_cast<std::uint32_t>(::getpid());
  const auto meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  EXPECT_EQ(read(*meter)[0].faults, 0u);
  gpu.processes = 2;
  gpu.pids[1] = 1;
  clock.advance_ms(999);
  EXPECT_EQ(read(*meter)[0].faults, 0u);
  clock.advance_ms(1);
  EXPECT_EQ(read(*meter)[0].faults, static_cast<std::uint32_t>(kForeignProcess));
  gpu.processes = 100;
  clock.advance_ms(1000);
  EXPECT_EQ(read(*meter)[0].faults, static_cast<std::uint32_t>(kForeignProcess));
}

TEST_F(NvmlTest, IsItsOwnStrangerInANamespaceOfProcessIds) {
  make_h100();
  fs::create_directories(root / "proc/self/ns");
  fs::create_symlink("pid:[4026532207]", root / "proc/self/ns/pid");
  driver->gpu[0].processes = 1;
  driver->gpu[0].pids[0] = 4'000'000;
  EXPECT_EQ(read(*open())[0].faults, 0u);
  driver->gpu[0].processes = 2;
  EXPECT_EQ(read(*open())[0].faults, static_cast<std::uint32_t>(kForeignProcess));
  fs::remove(root / "proc/self/ns/pid");
  fs::create_symlink("pid:[4026531836]", root / "proc/self/ns/pid");
  driver->gpu[0].processes = 1;
  EXPECT_EQ(read(*open())[0].faults, static_cast<std::uint32_t>(kForeignProcess));
}

TEST_F(NvmlTest, AsksTheSlowFunctionsTenTimesASecond) {
  make_h100();
  const auto meter = open();
  ASSERT_NE(meter, nullptr) << why_not;
  const std::int64_t slow_before = driver->slow_calls, before = driver->calls;
  for (int i = 0; i < 1000; ++i) {
    (void)read(*meter);
    clock.advance_ms(1);
  }
  EXPECT_EQ(driver->calls - before, 1000);          // one call for all fields
  EXPECT_EQ(driver->slow_calls - slow_before, 40);  // two clocks, temperature, reasons
}

}  // namespace ergon::nvml
