#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "harness/meter/characterise.h"
#include "kernels/device.h"

namespace ergon {

// The fma probe on `threads` CPUs, each a thread of its own that sleeps while the load is off: it
// stops within a launch, some tens of microseconds, unlike a team, whose members spin on for a
// while. Needs threads >= 1 and at most the device's.
class CpuLoad final : public SwitchedLoad {
 public:
  // Borrows the device for its life. Throws what binding throws.
  CpuLoad(Device& device, int threads);
  ~CpuLoad() override;
  CpuLoad(const CpuLoad&) = delete;
  CpuLoad& operator=(const CpuLoad&) = delete;

  void on() override;
  void off() override;

 private:
  void work(int cpu);
  void wait_for(int running);

  Device& device_;
  std::atomic<bool> wanted_{false}, stopping_{false};
  std::atomic<int> running_{0};  // threads that launch now, or are still binding
  std::vector<std::jthread> threads_;
};

}  // namespace ergon
