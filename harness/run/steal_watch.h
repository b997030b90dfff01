#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace ergon {

// How much of some CPUs' time a hypervisor gave to others.
struct Steal {
  double share;   // NaN where /proc/stat does not tell, or no tick has passed
  bool too_much;  // over 1 % for certain: the count has whole ticks, of which one proves nothing
};

class StealWatch {
 public:
  // `proc`: "/proc", but in tests.
  explicit StealWatch(const std::filesystem::path& proc) : proc_stat_(proc / "stat") {}

  // Counts the time of these CPUs from here on.
  void follow(std::span<const int> cpus);
  // Since the call before.
  [[nodiscard]] Steal take();

 private:
  struct Ticks {
    std::int64_t all = 0, steal = 0;  // summed over the CPUs
  };
  [[nodiscard]] Ticks read() const;

  std::filesystem::path proc_stat_;
  std::vector<int> cpus_;
  Ticks last_;
};

}  // namespace ergon
