#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "harness/config/point.h"
#include "harness/meter/characterise.h"
#include "kernels/device.h"

namespace ergon {

// The fma probe of a GPU, in launches of some 0.2 ms, within which it stops. Throws Error where
// this build has no such kernel.
[[nodiscard]] Point gpu_load_point();

// A point's launches on a GPU, queued by a thread that sleeps while the load is off.
class GpuLoad final : public SwitchedLoad {
 public:
  // Borrows the device for its life, and no other thread may use it. Throws what binding throws.
  GpuLoad(Device& gpu, const Point& point);
  ~GpuLoad() override;
  GpuLoad(const GpuLoad&) = delete;
  GpuLoad& operator=(const GpuLoad&) = delete;

  void on() override;
  void off() override;

 private:
  enum class State : std::uint8_t { resting, launching, failed };

  void work(const Point& point);
  void set(State state);
  // Throws Error where the load failed instead.
  void wait_for(State state);

  Device& gpu_;
  std::atomic<bool> wanted_{false}, stopping_{false};
  std::atomic<State> state_{State::launching};  // until it is bound
  std::string why_failed_;                      // written before state_ says so
  std::jthread thread_;
};

}  // namespace ergon
