#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "kernels/device.h"
#include "kernels/error.h"
#include "kernels/kernel.h"

namespace ergon {

// What the driver says of a GPU, or what a model of one has.
struct CudaProperties {
  std::string name;    // "NVIDIA H200"
  std::string uuid;    // "GPU-" and 36 characters, NVML's spelling
  std::string bus_id;  // "00000000:1b:00.0"
  int sm = 0;          // compute capability times ten: 90
  int multiprocessors = 0;
  std::size_t shared_bytes_max = 0;  // of one block, where it asks for more than is usual
  std::size_t l2_bytes = 0;
  std::size_t memory_bytes = 0;
};

// Launches that were recorded in their order, to be queued together at the cost of one.
class Replay {
 public:
  virtual ~Replay() = default;  // waits for what is queued
  // Queues all of them once more, behind what is queued.
  virtual void queue() noexcept = 0;
  // Returns when all rounds but the last `left` are done; the error of the first that failed, or
  // empty.
  [[nodiscard]] virtual std::string wait_until_left(int left) = 0;
};

// A GPU with one stream, in which launches and copies follow each other; or the functional model.
class CudaDevice : public Device {
 public:
  [[nodiscard]] std::string_view name() const final { return properties_.name; }
  [[nodiscard]] DeviceKind kind() const final { return DeviceKind::cuda; }
  [[nodiscard]] int threads_max() const final { return 0; }
  [[nodiscard]] const CudaProperties& properties() const { return properties_; }

  // The cudaStream_t that launches go to; null on the model.
  [[nodiscard]] virtual void* stream() const = 0;
  // A launch could not be made: kept, if it is the first, until synchronize() tells it.
  virtual void note_error(std::string_view what) noexcept = 0;
  // Records `count` launches, which are taken in turn; they must outlive no more than this call.
  // Null, with the reason, where they cannot be recorded: a launch that waits for the device, or a
  // device that records nothing.
  [[nodiscard]] virtual std::unique_ptr<Replay> record(std::span<const Launch> /*launches*/,
                                                       std::int64_t /*count*/,
                                                       std::string& why_not) {
    why_not = std::string(name()) + " records no launches";
    return nullptr;
  }

 protected:
  explicit CudaDevice(CudaProperties properties) : properties_(std::move(properties)) {}

 private:
  CudaProperties properties_;
};

// The device of a CUDA kernel's binding.
[[nodiscard]] inline CudaDevice& cuda_device(Device& device) {
  ERGON_ASSERT(device.kind() == DeviceKind::cuda);
  return static_cast<CudaDevice&>(device);
}
[[nodiscard]] inline const CudaDevice& cuda_device(const Device& device) {
  ERGON_ASSERT(device.kind() == DeviceKind::cuda);
  return static_cast<const CudaDevice&>(device);
}

}  // namespace ergon
