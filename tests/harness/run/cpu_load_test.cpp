#include "harness/run/cpu_load.h"

#include <gtest/gtest.h>
#include <time.h>

#include "harness/clock.h"

namespace ergon {
namespace {

double process_cpu_s() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

std::unique_ptr<Device> cpu() {
  std::string why_not;
  for (const DeviceType* type : device::all()) {
    if (type->kind == DeviceKind::cpu) return type->open(0, why_not);
  }
  return nullptr;
}

}  // namespace

TEST(CpuLoad, UsesCpuTimeOnlyWhileItIsOn) {
  const auto device = cpu();
  CpuLoad load(*device, 1);
  const double before = process_cpu_s();
  load.on();
  while (process_cpu_s() < before + 0.05) continue;  // this thread's time is in it as well
  load.off();
  const double off = process_cpu_s();
  Clock& clock = steady_clock();
  clock.wait_until(clock.now_ns() + 50'000'000);
  EXPECT_LT(process_cpu_s() - off, 0.02);
}

TEST(CpuLoad, SwitchesOftenAndStopsFromEitherState) {
  const auto device = cpu();
  for (const bool ends_on : {false, true}) {
    CpuLoad load(*device, device->threads_max());
    for (int i = 0; i < 20; ++i) {
      load.on();
      load.off();
    }
    if (ends_on) load.on();
  }
}

}  // namespace ergon
