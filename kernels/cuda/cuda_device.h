#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "kernels/device.h"
#include "kernels/error.h"

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

}  // namespace ergon
