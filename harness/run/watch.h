#pragma once

#include <cstdint>
#include <filesystem>

namespace ergon {

// Looks out, beside the meters, for what spoils a window.
class Watch {
 public:
  virtual ~Watch() = default;
  // WindowFault bits of what happened since the call before.
  [[nodiscard]] virtual std::uint32_t take_faults() = 0;
};

// Sees nothing: for simulations.
class BlindWatch final : public Watch {
 public:
  [[nodiscard]] std::uint32_t take_faults() override { return 0; }
};

// Sees the hypervisor take CPU time: kStealTime where it took over 1 % since the call before.
class StealWatch final : public Watch {
 public:
  explicit StealWatch(std::filesystem::path proc_stat = "/proc/stat");
  [[nodiscard]] std::uint32_t take_faults() override;

 private:
  struct Ticks {
    std::int64_t all = 0, steal = 0;  // summed over the CPUs
  };
  [[nodiscard]] Ticks read() const;

  std::filesystem::path proc_stat_;
  Ticks last_;
};

}  // namespace ergon
