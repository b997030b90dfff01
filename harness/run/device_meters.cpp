#include "harness/run/device_meters.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "harness/meter/nvml.h"
#include "kernels/cuda/cuda_device.h"

namespace ergon {
namespace {

// A GPU's energy is in what these count, with that of the machine around it.
constexpr std::string_view kAroundGpu[] = {"module", "node",       "platform", "supply",
                                           "board",  "simulation", "external"};

bool counts_gpu(const Channel& channel) {
  const bool has_edges = channel.measure == Measure::energy || channel.measure == Measure::power;
  return has_edges && std::ranges::find(kAroundGpu, channel.domain) != std::end(kAroundGpu);
}

}  // namespace

std::string choose_primary(OpenMeters& open, const Device& device) {
  if (device.kind() != DeviceKind::cuda) return "";
  const CudaProperties& gpu = cuda_device(device).properties();
  std::vector<Channel> channels;
  for (const auto& meter : open.meters) {
    channels.insert(channels.end(), meter->channels().begin(), meter->channels().end());
  }
  if (const int own = gpu_channel(channels, gpu.uuid); own >= 0) {
    return channels[static_cast<std::size_t>(own)].name;
  }
  const auto around = std::ranges::find_if(channels, counts_gpu);
  if (around != channels.end()) return around->name;
  if (!open.meters.empty()) {
    open.closed.push_back(fmt::format("no open meter counts the energy of {}, {}; see ergon doctor",
                                      gpu.name, gpu.uuid));
  }
  open.meters.clear();
  return "";
}

}  // namespace ergon
