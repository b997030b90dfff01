#include "kernels/cuda/model/model_device.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "kernels/cuda/model/subnormals.h"
#include "kernels/error.h"

namespace ergon::model {
namespace {

// cudaMalloc gives multiples of 256.
constexpr std::size_t kAlignment = 256;

// What a driver refuses; empty where it takes the grid.
std::string refuse_grid(const LaunchShape& shape) {
  const auto fits = [](std::int64_t blocks, std::int64_t most) {
    return blocks >= 1 && blocks <= most;
  };
  if (fits(shape.blocks_x, std::numeric_limits<std::int32_t>::max()) &&
      fits(shape.blocks_y, 65535) && fits(shape.blocks_z, 65535)) {
    return "";
  }
  return "a grid of " + std::to_string(shape.blocks_x) + " x " + std::to_string(shape.blocks_y) +
         " x " + std::to_string(shape.blocks_z) + " blocks cannot be launched";
}

}  // namespace

CudaProperties model_properties() {
  return {.name = "functional model of sm_90",
          .uuid = "GPU-00000000-0000-0000-0000-000000000000",
          .bus_id = "00000000:00:00.0",
          .sm = 90,
          .multiprocessors = 3,
          .shared_bytes_max = std::size_t{227} << 10,
          .l2_bytes = std::size_t{1} << 20,
          .memory_bytes = std::size_t{1} << 30};
}

ModelDevice::ModelDevice(std::uint64_t seed, CudaProperties properties)
    : CudaDevice(std::move(properties)), seed_(seed), block_(seed) {
  caches_ = {{.name = "L1",
              .bytes_each = std::size_t{256} << 10,
              .instances = this->properties().multiprocessors},
             {.name = "L2", .bytes_each = this->properties().l2_bytes, .instances = 1}};
}

Buffer ModelDevice::allocate(std::size_t bytes, int /*threads*/) {
  void* data = nullptr;
  if (posix_memalign(&data, kAlignment, std::max<std::size_t>(bytes, 1)) != 0) {
    throw Error("kernels/cuda/model: no memory for " + std::to_string(bytes) +
                " bytes; use smaller extents");
  }
  std::memset(data, 0, bytes);
  return {static_cast<std::byte*>(data), [](std::byte* memory) { std::free(memory); }};
}

void ModelDevice::upload(const Buffer& to, std::span<const std::byte> from) {
  if (!from.empty()) std::memcpy(to.get(), from.data(), from.size());
}

void ModelDevice::download(std::span<std::byte> to, const Buffer& from) {
  if (!to.empty()) std::memcpy(to.data(), from.get(), to.size());
}

std::string ModelDevice::synchronize() {
  std::string error;
  error.swap(error_);
  return error.empty() ? "" : std::string(name()) + ": a launch failed: " + error;
}

void ModelDevice::note_error(std::string_view what) noexcept {
  if (error_.empty()) error_ = what;
}

void ModelDevice::reseed(std::uint64_t seed) {
  seed_ = seed;
  launches_ = 0;
  block_.reseed(seed);
}

void ModelDevice::prepare(int threads, int shared_bytes, int sm) {
  if (properties().sm < sm) {
    throw Error(std::string(name()) + " cannot run a kernel for sm_" + std::to_string(sm));
  }
  if (shared_bytes < 0 || static_cast<std::size_t>(shared_bytes) > properties().shared_bytes_max) {
    throw Error(std::string(name()) + " cannot run a kernel with " + std::to_string(shared_bytes) +
                " bytes of shared memory a block; it has " +
                std::to_string(properties().shared_bytes_max));
  }
  const Subnormals subnormals;  // a context of ucontext keeps the mode that it is made in
  block_.prepare(threads, shared_bytes);
}

void ModelDevice::run(const LaunchShape& shape) noexcept {
  ++launches_;
  if (!error_.empty()) return;
  const Subnormals subnormals;
  std::string error = refuse_grid(shape);
  if (error.empty()) error = block_.run(shape);
  if (!error.empty()) {
    note_error(error + " (seed " + std::to_string(seed_) + ", launch " + std::to_string(launches_) +
               ")");
  }
}

ModelDevice& model_device(CudaDevice& device) {
  auto* model = dynamic_cast<ModelDevice*>(&device);
  ERGON_ASSERT(model != nullptr);
  return *model;
}

}  // namespace ergon::model
