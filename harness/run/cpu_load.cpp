#include "harness/run/cpu_load.h"

#include <sched.h>

#include <cstdint>
#include <cstdlib>
#include <exception>

#include "harness/run/kernel_load.h"
#include "kernels/cpu/team.h"
#include "kernels/error.h"
#include "kernels/kernel.h"
#include "kernels/primitive.h"

namespace ergon {
namespace {

// Kernels are listed slowest first.
const Kernel* fastest_fma() {
  const Kernel* fastest = nullptr;
  for (const Kernel* kernel : kernel::all()) {
    const bool fma = std::string_view(kernel->primitive) == "fma";
    if (fma && kernel->device == DeviceKind::cpu && kernel_unavailable(*kernel).empty()) {
      fastest = kernel;
    }
  }
  ERGON_ASSERT(fastest != nullptr);  // the reference runs anywhere
  return fastest;
}

// A launch of some 50 us: 960 lanes are what one thread needs to fill its ports.
Point fma_point() {
  const Kernel* kernel = fastest_fma();
  const std::int64_t depth = kernel->name == "reference" ? 100 : 2500;
  Point point;
  point.problem = make_problem(*primitive::named("fma"), {960, depth});
  point.kernel = kernel;
  return point;
}

// Best effort, as the team's own.
void pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  (void)sched_setaffinity(0, sizeof set, &set);
}

}  // namespace

CpuLoad::CpuLoad(Device& device, int threads) : device_(device) {
  ERGON_ASSERT(threads >= 1 && threads <= device.threads_max());
  const std::span<const int> cpus = process_cpus();
  for (int i = 0; i < threads; ++i) {
    running_ = 1;
    threads_.emplace_back([this, cpu = cpus[static_cast<std::size_t>(i)]] { work(cpu); });
    wait_for(0);  // bound one after the other: a device is one thread's at a time
  }
}

CpuLoad::~CpuLoad() {
  off();
  stopping_ = true;
  wanted_ = true;
  wanted_.notify_all();
}

void CpuLoad::on() {
  wanted_ = true;
  wanted_.notify_all();
  wait_for(static_cast<int>(threads_.size()));
}

void CpuLoad::off() {
  wanted_ = false;
  wait_for(0);
}

void CpuLoad::wait_for(int running) {
  for (int now = running_; now != running; now = running_) running_.wait(now);
}

void CpuLoad::work(int cpu) {
  const Point point = fma_point();
  KernelLoad load(point, fill_operands(point.problem, point.fill), 1, device_);
  pin_to(cpu);  // after binding, which pins each team of one to the first CPU
  --running_;
  running_.notify_all();
  while (true) {
    wanted_.wait(false);
    if (stopping_) return;
    ++running_;
    running_.notify_all();
    while (wanted_) load.launch(1);
    --running_;
    running_.notify_all();
  }
}

}  // namespace ergon
