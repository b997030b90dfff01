#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/cuda/cuda_device.h"
#include "kernels/cuda/model/block.h"

namespace ergon::model {

// Of a small sm_90: few multiprocessors, so that grids are smaller than problems.
[[nodiscard]] CudaProperties model_properties();

// The functional model of a GPU: kernels compiled for it run in enqueue(), on memory of the host.
// What `seed` draws: the order of blocks and threads, and when copies land.
class ModelDevice final : public CudaDevice {
 public:
  explicit ModelDevice(std::uint64_t seed, CudaProperties properties = model_properties());

  // Exactly as large as asked for, so that AddressSanitizer sees what is outside.
  [[nodiscard]] Buffer allocate(std::size_t bytes, int threads) override;
  void upload(const Buffer& to, std::span<const std::byte> from) override;
  void download(std::span<std::byte> to, const Buffer& from) override;
  [[nodiscard]] std::string synchronize() override;
  [[nodiscard]] std::span<const CacheLevel> caches() const override { return caches_; }
  [[nodiscard]] void* stream() const override { return nullptr; }
  void note_error(std::string_view what) noexcept override;

  // Goes on as a new model would, without the cost of one.
  void reseed(std::uint64_t seed);
  // Throws Error where the device has no such architecture or not so much shared memory.
  void prepare(int threads, int shared_bytes, int sm);
  // Runs all of the launch; after an error nothing, until synchronize() has told it.
  void run(const LaunchShape& shape) noexcept;

 private:
  std::uint64_t seed_;
  std::int64_t launches_ = 0;
  std::vector<CacheLevel> caches_;
  Block block_;
  std::string error_;
};

[[nodiscard]] ModelDevice& model_device(CudaDevice& device);

}  // namespace ergon::model
