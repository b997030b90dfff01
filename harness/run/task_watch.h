#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "harness/meter/sysfs.h"

namespace ergon {

// What the scheduler did to some threads. NaN where the kernel does not tell.
struct TaskCounts {
  double preemptions;  // involuntary context switches
  double migrations;   // moves to another CPU
};

// Reads /proc/self/task/<thread>/status and sched, which this opens once for each thread.
class TaskWatch {
 public:
  // `proc`: "/proc", but in tests.
  explicit TaskWatch(std::filesystem::path proc) : proc_(std::move(proc)) {}

  // Counts these threads from here on.
  void follow(std::span<const int> threads);
  // In sum over the threads, since the call before.
  [[nodiscard]] TaskCounts take() noexcept;

  // Why something is NaN; empty where nothing is.
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  struct Task {
    SysfsFile status, sched;
  };
  [[nodiscard]] TaskCounts read() const noexcept;

  std::filesystem::path proc_;
  std::vector<Task> tasks_;
  TaskCounts last_{0, 0};
  std::string reason_;
};

}  // namespace ergon
