#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "kernels/cpu/team.h"
#include "kernels/cpu/topology.h"
#include "kernels/device.h"
#include "kernels/error.h"

namespace ergon {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

// The CPUs of the process's affinity mask.
class Cpu final : public Device {
 public:
  Cpu() : caches_(cpu_caches(process_cpus())) {
    std::ifstream file("/proc/cpuinfo");
    name_ = cpu_name({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
  }

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] DeviceKind kind() const override { return DeviceKind::cpu; }
  [[nodiscard]] int threads_max() const override { return static_cast<int>(process_cpus().size()); }

  // Writes every byte: pages that were only read would all share the system's zero page, and
  // weights there read twice as fast as any real ones. Large buffers ask for huge pages, which
  // read 20-30 % faster, so that a run does not depend on what the allocator happened to return.
  [[nodiscard]] Buffer allocate(std::size_t bytes, int threads) override {
    const std::size_t alignment = bytes >= kHugePage ? kHugePage : 64;
    const std::size_t rounded =
        (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
    auto* data = static_cast<std::byte*>(std::aligned_alloc(alignment, rounded));
    if (data == nullptr) {
      throw Error(
          fmt::format("kernels/device/cpu: no memory for {} bytes; use smaller extents, "
                      "fewer cold buffers or a larger machine",
                      bytes));
    }
    if (alignment == kHugePage) (void)madvise(data, rounded, MADV_HUGEPAGE);
    parallel(threads, [&](int thread) {
      const Share part = share(static_cast<std::int64_t>(rounded), kPage, threads, thread);
      std::memset(data + part.begin, 0, static_cast<std::size_t>(part.end - part.begin));
    });
    return {data, [](std::byte* memory) { std::free(memory); }};
  }

  void upload(const Buffer& to, std::span<const std::byte> from) override {
    if (!from.empty()) std::memcpy(to.get(), from.data(), from.size());
  }
  void download(std::span<std::byte> to, const Buffer& from) override {
    if (!to.empty()) std::memcpy(to.data(), from.get(), to.size());
  }
  [[nodiscard]] std::string synchronize() override { return ""; }  // launches return when done
  [[nodiscard]] std::span<const CacheLevel> caches() const override { return caches_; }

 private:
  std::string name_;
  std::vector<CacheLevel> caches_;
};

std::unique_ptr<Device> open(int index, std::string& why_not) {
  if (index != 0) {
    why_not = fmt::format("there is one cpu device, index 0, not {}", index);
    return nullptr;
  }
  return std::make_unique<Cpu>();
}

}  // namespace

namespace device {
extern const DeviceType device_cpu = {.name = "cpu", .kind = DeviceKind::cpu, .open = open};
}

}  // namespace ergon
