#pragma once

#include <array>
#include <cstdint>

#include "harness/meter/nvml_abi.h"

// The controls of the fake libnvidia-ml.so.1 that tests load: plain data, so that a test can reach
// them through dlsym("fake_nvml").
namespace ergon::nvml {

constexpr std::uint32_t kFakeFields = 300;
constexpr std::uint32_t kFakeScopes = 4;
constexpr std::uint32_t kFakeProcesses = 128;

struct FakeField {
  Return status = kNotSupported;
  bool passed_over = false;  // the driver leaves the element as it found it
  std::int32_t type = kUnsignedLongLong;
  Value value = {.as_ulonglong = 0};
};

struct FakeGpu {
  const char* uuid = "GPU-00000000-0000-0000-0000-000000000000";
  const char* name = "NVIDIA H100 80GB HBM3";
  std::uint32_t architecture = kHopper;
  int compute_major = 9, compute_minor = 0;
  unsigned mig = 0;
  Return lost = kSuccess;  // what every function answers instead
  std::array<std::array<FakeField, kFakeScopes>, kFakeFields> fields;
  Return total_energy_status = kNotSupported;
  unsigned long long total_energy_mj = 0;
  Return power_usage_status = kNotSupported;
  unsigned power_usage_mw = 0;
  unsigned clock_mhz[4] = {1980, 1980, 2619, 1755};
  unsigned long long event_reasons = kReasonIdle;
  std::uint64_t violation_ns[12] = {};
  unsigned temperature_celsius = 41;
  unsigned processes = 0;  // that compute; more than the caller has room for: kInsufficientSize
  std::uint32_t pids[kFakeProcesses] = {};
  // A power series: element i from i x series_period_ns on, repeated; the sensor and the counter
  // show a new number only then. Null: `fields` say all.
  const unsigned* series_mw = nullptr;
  int series_length = 0;
  std::uint64_t energy_begin_mj = 1'000'000;  // of the counter at time 0
};

struct FakeNvml {
  Return init_status = kSuccess;
  int started = 0;  // nvmlInit less nvmlShutdown
  unsigned gpus = 1;
  std::int64_t now_ns = 0;
  std::int64_t series_period_ns = 100'000'000;
  bool live = false;  // the time is the steady clock's, and `now_ns` does not matter
  std::int64_t calls = 0, slow_calls = 0;  // of field_values; of clock, temperature, reasons
  FakeGpu gpu[4];
};

using FakeNvmlControl = FakeNvml* (*)();

}  // namespace ergon::nvml
