#pragma once

#include <cstdlib>
#include <string>

#include "kernels/cuda/cuda_device.h"

namespace ergon {

// A CudaDevice whose memory is the host's: for what only calls libraries, fakes of which compute at
// once.
class HostGpu final : public CudaDevice {
 public:
  HostGpu() : CudaDevice({.name = "host", .uuid = "", .bus_id = "", .sm = 90}) {}

  [[nodiscard]] Buffer allocate(std::size_t bytes, int /*threads*/) override {
    ++allocations;
    constexpr std::size_t kAlignment = 256;  // as cudaMalloc's
    void* data = std::aligned_alloc(kAlignment, (bytes / kAlignment + 1) * kAlignment);
    return {static_cast<std::byte*>(data), [](std::byte* memory) { std::free(memory); }};
  }
  void upload(const Buffer& to, std::span<const std::byte> from) override {
    std::copy(from.begin(), from.end(), to.get());
  }
  void download(std::span<std::byte> to, const Buffer& from) override {
    std::copy_n(from.get(), to.size(), to.begin());
  }
  [[nodiscard]] std::string synchronize() override { return std::exchange(error_, ""); }
  [[nodiscard]] std::span<const CacheLevel> caches() const override { return {}; }
  [[nodiscard]] void* stream() const override { return const_cast<int*>(&stream_); }
  void note_error(std::string_view what) noexcept override { error_ = what; }

  int allocations = 0;

 private:
  int stream_ = 0;  // something to point at
  std::string error_;
};

}  // namespace ergon
