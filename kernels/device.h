#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ergon {

enum class DeviceKind : std::uint8_t { cpu, cuda };
[[nodiscard]] std::string_view device_kind_name(DeviceKind);

// Memory of a device, 64-byte aligned; freed with the last owner.
using Buffer = std::shared_ptr<std::byte>;

// One level of the cache hierarchy, as one launch on `threads` threads sees it.
struct CacheLevel {
  std::string name;        // "L1", "L2", "L3"
  std::size_t bytes_each;  // capacity of one instance
  int instances;           // instances that the device's threads can use
};

// Where kernels run. The harness knows devices only through this.
class Device {
 public:
  virtual ~Device() = default;
  // What a table's rows are keyed by: "AMD EPYC 9654, 1 socket", "NVIDIA H200".
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual DeviceKind kind() const = 0;
  // Most threads a launch may use: the CPUs this process may run on; 0 on a GPU.
  [[nodiscard]] virtual int threads_max() const = 0;
  // Memory that `threads` pinned threads touched first, in equal parts; zero-filled.
  [[nodiscard]] virtual Buffer allocate(std::size_t bytes, int threads) = 0;
  virtual void upload(const Buffer& to, std::span<const std::byte> from) = 0;
  virtual void download(std::span<std::byte> to, const Buffer& from) = 0;
  // Returns when every launch so far is done; the error of the first that failed, or empty.
  [[nodiscard]] virtual std::string synchronize() = 0;
  // Smallest first. The last level decides how many buffers a cold point rotates.
  [[nodiscard]] virtual std::span<const CacheLevel> caches() const = 0;
};

struct DeviceType {
  std::string_view name;
  DeviceKind kind;
  // Opens device `index`; null, with the reason, where this machine has none.
  std::unique_ptr<Device> (*open)(int index, std::string& why_not);
  // Compute capability times ten of GPU 0, without opening it; 0, with the reason, where there is
  // none. Null for other devices.
  int (*architecture)(std::string& why_not) = nullptr;
};

namespace device {
[[nodiscard]] std::span<const DeviceType* const> all();
}

}  // namespace ergon
