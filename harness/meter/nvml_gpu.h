#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/clock.h"
#include "harness/meter/meter.h"
#include "harness/meter/nvml_library.h"

namespace ergon::nvml {

// What tells a GPU from others, and what its sensor is known by. Texts are empty, numbers 0 where
// the driver does not say.
struct Identity {
  int index = 0;  // NVML's; not CUDA's
  std::string uuid, name;
  std::uint32_t architecture = 0;
  int compute_major = 0, compute_minor = 0;
};
[[nodiscard]] Identity identify(const Library& library, Device device, int index);

struct GpuOptions {
  std::uint64_t reasons_allowed = 0;  // EventReason bits that do not spoil a window
  bool pid_namespace = false;         // this process has another id for NVML than for itself
  Clock* clock = nullptr;
};

// One GPU: energy and power first, then what stands beside. Channels exist for what this GPU and
// driver answered when it was opened.
//
// Scopes of power: nvml.h calls scope 2 memory in one place and GPU base in another, and a driver
// may answer every scope with the same number. A module must draw more than its GPU, and a part
// less; scope 2 is called memory only where it and scope 3 add up to the GPU.
class NvmlGpu {
 public:
  // Null, with the reason in `why_not`, where the GPU's energy cannot be had: sliced by MIG, lost,
  // or without any sensor.
  [[nodiscard]] static std::unique_ptr<NvmlGpu> open(std::shared_ptr<const Library> library,
                                                     Device device, int index,
                                                     const GpuOptions& options,
                                                     std::string& why_not);

  [[nodiscard]] std::span<const Channel> channels() const { return channels_; }
  // Energy, power and throttling in one call of the driver; clocks, temperature and event reasons
  // at most every 100 ms, other processes at most every second, for they cost a call each. Between
  // calls a channel shows the reading before, with its time.
  void read(std::span<Reading> readings) noexcept;

 private:
  friend class GpuProbe;

  // How a channel is read: an element of fields_, or a function of its own.
  enum class Way : std::uint8_t {
    field,
    total_energy,
    power_usage,
    clock,
    temperature,
    event_reasons,
    violation
  };
  struct Slot {
    Way way = Way::field;
    std::uint32_t what = 0;     // element of fields_, clock type, or policy of violation()
    std::uint64_t reasons = 0;  // of a duration: the EventReason bits that its growth tells of
    std::uint64_t before = 0;   // of a duration: what it was when last read
    bool seen = false;          // it was read before
    Reading last;               // of a slow channel
  };

  NvmlGpu(std::shared_ptr<const Library> library, Device device, const GpuOptions& options)
      : library_(std::move(library)), device_(device), options_(options) {}
  void read_fields() noexcept;
  void read_slow(std::int64_t now_ns) noexcept;
  [[nodiscard]] Reading read_function(const Slot& slot) const noexcept;
  [[nodiscard]] Reading read_slot(Slot& slot) noexcept;
  [[nodiscard]] std::uint32_t throttled(Slot& slot, const Reading& now) const noexcept;
  [[nodiscard]] bool foreign_process() const noexcept;

  std::shared_ptr<const Library> library_;
  Device device_;
  GpuOptions options_;
  std::vector<Channel> channels_;
  std::vector<Slot> slots_;  // of each channel
  std::vector<FieldValue> fields_;
  Return fields_status_ = kUnknown;  // of the call for all
  std::int64_t slow_ns_ = 0, processes_ns_ = 0;
  bool slow_read_ = false, processes_read_ = false;
};

}  // namespace ergon::nvml
