#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "kernels/cuda/cuda_device.h"
#include "kernels/kernel.h"

namespace ergon {

// What a made GPU's queue saw.
struct FakeQueue {
  std::string why_not_recorded;       // where it is not empty, nothing is recorded
  int replays = 0;                    // recorded so far
  std::int64_t recorded = 0;          // launches of the last
  std::int64_t queued = 0, done = 0;  // rounds
  std::int64_t deepest = 0;           // most rounds queued and not done
  std::int64_t dry = 0;               // times that it was waited for the last round
};

// Rounds are done when somebody waits for them.
class FakeReplay final : public Replay {
 public:
  FakeReplay(std::vector<Launch> launches, FakeQueue& queue)
      : launches_(std::move(launches)), queue_(queue) {}
  ~FakeReplay() override { static_cast<void>(wait_until_left(0)); }
  void queue() noexcept override {
    ++left_;
    ++queue_.queued;
    queue_.deepest = std::max(queue_.deepest, queue_.queued - queue_.done);
  }
  [[nodiscard]] std::string wait_until_left(int left) override {
    if (left == 0 && left_ > 0) ++queue_.dry;
    for (; left_ > left; --left_, ++queue_.done) {
      for (const Launch& launch : launches_) launch();
    }
    return "";
  }

 private:
  std::vector<Launch> launches_;
  FakeQueue& queue_;
  int left_ = 0;
};

// A GPU whose memory is the host's and whose launches are done at once, but for those recorded.
class FakeGpu final : public CudaDevice {
 public:
  explicit FakeGpu(std::string uuid)
      : CudaDevice({.name = "NVIDIA Made-up",
                    .uuid = std::move(uuid),
                    .bus_id = "00000000:19:00.0",
                    .sm = 90,
                    .multiprocessors = 4,
                    .shared_bytes_max = 232'448,
                    .l2_bytes = 1 << 20,
                    .memory_bytes = 1 << 30}) {}

  [[nodiscard]] Buffer allocate(std::size_t bytes, int /*threads*/) override {
    auto* const data = new std::byte[std::max<std::size_t>(bytes, 1)]();
    return {data, [](const std::byte* memory) { delete[] memory; }};
  }
  void upload(const Buffer& to, std::span<const std::byte> from) override {
    if (!from.empty()) std::memcpy(to.get(), from.data(), from.size());
  }
  void download(std::span<std::byte> to, const Buffer& from) override {
    if (!to.empty()) std::memcpy(to.data(), from.get(), to.size());
  }
  [[nodiscard]] std::string synchronize() override { return std::exchange(error_, {}); }
  [[nodiscard]] std::span<const CacheLevel> caches() const override { return caches_; }
  [[nodiscard]] void* stream() const override { return nullptr; }
  void note_error(std::string_view what) noexcept override { error_ = what; }
  [[nodiscard]] std::unique_ptr<Replay> record(std::span<const Launch> launches, std::int64_t count,
                                               std::string& why_not) override {
    why_not = queue.why_not_recorded;
    if (!why_not.empty()) return nullptr;
    std::vector<Launch> taken;
    for (std::int64_t i = 0; i < count; ++i) {
      taken.push_back(launches[static_cast<std::size_t>(i) % launches.size()]);
    }
    ++queue.replays;
    queue.recorded = count;
    return std::make_unique<FakeReplay>(std::move(taken), queue);
  }

  FakeQueue queue;

 private:
  std::vector<CacheLevel> caches_{{.name = "L2", .bytes_each = 1 << 20, .instances = 1}};
  std::string error_;
};

// gemm/fake_simt: the reference's arithmetic as a kernel of a GPU of any architecture.
inline const Kernel& fake_gpu_kernel() {
  static const Kernel kernel = [] {
    Kernel made = *kernel::named("gemm/reference");
    made.name = "fake_simt";
    made.device = DeviceKind::cuda;
    made.bind = [](const Binding& binding) {
      Binding on_one = binding;
      on_one.threads = 1;
      return kernel::named("gemm/reference")->bind(on_one);
    };
    return made;
  }();
  return kernel;
}

}  // namespace ergon
