#include "tests/harness/meter/fake_nvml.h"

#include <chrono>
#include <cstdio>
#include <cstring>

// A stand-in for NVIDIA's library, of the same names and layouts. With FAKE_NVML_OLD it is a driver
// of 2018: no fields, ThrottleReasons in place of EventReasons, nothing of MIG.

using namespace ergon::nvml;

namespace {

FakeNvml control;

#ifdef FAKE_NVML_LIVE
// A GPU that draws 300 W as long as a program looks, for programs that cannot set the controls.
[[maybe_unused]] const bool is_live = [] {
  static constexpr unsigned kSeriesMw[] = {299'000, 301'000, 300'500, 299'500};
  control.live = true;
  control.gpu[0].series_mw = kSeriesMw;
  control.gpu[0].series_length = 4;
  return true;
}();
#endif

FakeGpu& gpu_of(Device device) { return control.gpu[reinterpret_cast<std::uintptr_t>(device) - 1]; }

Return copy(const char* text, char* to, unsigned length) {
  if (std::strlen(text) + 1 > length) return kInsufficientSize;
  std::snprintf(to, length, "%s", text);
  return kSuccess;
}

#ifndef FAKE_NVML_OLD
std::int64_t time_ns() {
  if (!control.live) return control.now_ns;
  const auto since = [] { return std::chrono::steady_clock::now().time_since_epoch(); };
  static const auto begin = since();
  return std::chrono::nanoseconds(since() - begin).count();
}

// Energy up to the last update, power since then.
void follow_series(FakeGpu& gpu) {
  const std::int64_t updates = time_ns() / control.series_period_ns;
  std::uint64_t energy_uj = 0;
  for (std::int64_t i = 0; i < updates; ++i) {
    const std::uint64_t mw = gpu.series_mw[i % gpu.series_length];
    energy_uj += mw * static_cast<std::uint64_t>(control.series_period_ns) / 1'000'000;
  }
  gpu.fields[kFieldEnergy][0].status = kSuccess;
  gpu.fields[kFieldEnergy][0].value.as_ulonglong = gpu.energy_begin_mj + energy_uj / 1000;
  gpu.fields[kFieldPowerInstant][0].status = kSuccess;
  gpu.fields[kFieldPowerInstant][0].type = kUnsignedInt;
  gpu.fields[kFieldPowerInstant][0].value.as_uint = gpu.series_mw[updates % gpu.series_length];
}
#endif

}  // namespace

extern "C" {

FakeNvml* fake_nvml() { return &control; }

Return nvmlInit_v2() {
  if (control.init_status == kSuccess) ++control.started;
  return control.init_status;
}
Return nvmlShutdown() {
  --control.started;
  return kSuccess;
}
Return nvmlSystemGetDriverVersion(char* to, unsigned length) {
  return copy("570.86.15", to, length);
}
Return nvmlDeviceGetCount_v2(unsigned* count) {
  *count = control.gpus;
  return kSuccess;
}
Return nvmlDeviceGetHandleByIndex_v2(unsigned index, Device* device) {
  if (index >= control.gpus) return kInvalidArgument;
  *device = reinterpret_cast<Device>(static_cast<std::uintptr_t>(index + 1));
  return control.gpu[index].lost;
}
Return nvmlDeviceGetName(Device device, char* to, unsigned length) {
  return copy(gpu_of(device).name, to, length);
}
Return nvmlDeviceGetUUID(Device device, char* to, unsigned length) {
  return copy(gpu_of(device).uuid, to, length);
}
Return nvmlDeviceGetTotalEnergyConsumption(Device device, unsigned long long* millijoules) {
  const FakeGpu& gpu = gpu_of(device);
  *millijoules = gpu.total_energy_mj;
  return gpu.lost != kSuccess ? gpu.lost : gpu.total_energy_status;
}
Return nvmlDeviceGetPowerUsage(Device device, unsigned* milliwatts) {
  const FakeGpu& gpu = gpu_of(device);
  *milliwatts = gpu.power_usage_mw;
  return gpu.lost != kSuccess ? gpu.lost : gpu.power_usage_status;
}
Return nvmlDeviceGetClockInfo(Device device, unsigned type, unsigned* megahertz) {
  ++control.slow_calls;
  if (type > 3) return kInvalidArgument;
  *megahertz = gpu_of(device).clock_mhz[type];
  return gpu_of(device).lost;
}
Return nvmlDeviceGetTemperature(Device device, int sensor, unsigned* celsius) {
  ++control.slow_calls;
  if (sensor != 0) return kInvalidArgument;
  *celsius = gpu_of(device).temperature_celsius;
  return gpu_of(device).lost;
}
Return nvmlDeviceGetViolationStatus(Device device, int policy, ViolationTime* time) {
  if (policy < 0 || policy > 11) return kInvalidArgument;
  *time = {.reference_us = 0, .violation_ns = gpu_of(device).violation_ns[policy]};
  return gpu_of(device).lost;
}

#ifdef FAKE_NVML_OLD

Return nvmlDeviceGetCurrentClocksThrottleReasons(Device device, unsigned long long* reasons) {
  ++control.slow_calls;
  *reasons = gpu_of(device).event_reasons;
  return gpu_of(device).lost;
}

#else

Return nvmlDeviceGetCurrentClocksEventReasons(Device device, unsigned long long* reasons) {
  ++control.slow_calls;
  *reasons = gpu_of(device).event_reasons;
  return gpu_of(device).lost;
}
Return nvmlDeviceGetArchitecture(Device device, unsigned* architecture) {
  *architecture = gpu_of(device).architecture;
  return kSuccess;
}
Return nvmlDeviceGetCudaComputeCapability(Device device, int* major, int* minor) {
  *major = gpu_of(device).compute_major;
  *minor = gpu_of(device).compute_minor;
  return kSuccess;
}
Return nvmlDeviceGetMigMode(Device device, unsigned* current, unsigned* pending) {
  *current = *pending = gpu_of(device).mig;
  return kSuccess;
}
Return nvmlDeviceGetPciInfo_v3(Device, PciInfo* info) {
  *info = {};
  info->pci_device_id = 0x233010DE;
  return copy("00000000:19:00.0", info->bus_id, sizeof(info->bus_id));
}
Return nvmlDeviceGetEnforcedPowerLimit(Device, unsigned* milliwatts) {
  *milliwatts = 700'000;
  return kSuccess;
}
Return nvmlDeviceGetEccMode(Device, int* current, int* pending) {
  *current = 1;
  *pending = 0;
  return kSuccess;
}
Return nvmlDeviceGetComputeRunningProcesses_v3(Device device, unsigned* count,
                                               ProcessInfo* processes) {
  const FakeGpu& gpu = gpu_of(device);
  if (gpu.lost != kSuccess) return gpu.lost;
  const unsigned room = *count;
  *count = gpu.processes;
  if (gpu.processes > room) return kInsufficientSize;
  for (unsigned i = 0; i < gpu.processes; ++i) {
    processes[i] = {};
    processes[i].pid = gpu.pids[i];
  }
  return kSuccess;
}
Return nvmlDeviceGetFieldValues(Device device, int count, FieldValue* values) {
  FakeGpu& gpu = gpu_of(device);
  ++control.calls;
  if (gpu.lost != kSuccess) return gpu.lost;
  if (gpu.series_mw != nullptr) follow_series(gpu);
  for (int i = 0; i < count; ++i) {
    FieldValue& value = values[i];
    if (value.field >= kFakeFields || value.scope >= kFakeScopes) {
      value.status = kInvalidArgument;
      continue;
    }
    const FakeField& field = gpu.fields[value.field][value.scope];
    if (field.passed_over) continue;
    value.status = field.status;
    value.value_type = field.type;
    value.value = field.value;
  }
  return kSuccess;
}

#endif
}
