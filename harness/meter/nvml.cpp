#include "harness/meter/nvml.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <vector>

#include "harness/meter/meter.h"
#include "harness/meter/nvml_gpu.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

// A GPU with nothing to do, clocks that somebody set, boost that is synchronised, a display, and
// the power cap, which is what the preset fixed-power measures at.
constexpr std::uint64_t kReasonsAllowed = nvml::kReasonIdle | nvml::kReasonApplicationClocks |
                                          nvml::kReasonSoftwarePowerCap | nvml::kReasonSyncBoost |
                                          nvml::kReasonDisplayClocks;

constexpr MeterOption kOptions[] = {
    {"reasons_allowed_mask", static_cast<double>(kReasonsAllowed),
     "clock event reasons that do not spoil a window; 275 leaves out the power cap (4)"},
};

constexpr char kInitialPidNamespace[] = "pid:[4026531836]";

std::string lower(std::string_view text) {
  std::string copy(text);
  std::ranges::transform(copy, copy.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return copy;
}

bool in_pid_namespace(const fs::path& root) {
  std::error_code failed;
  const fs::path link = fs::read_symlink(root / "proc/self/ns/pid", failed);
  return !failed && link != kInitialPidNamespace;
}

// The UUIDs, or beginnings of such, that CUDA_VISIBLE_DEVICES names; its numbers are CUDA's own and
// say nothing here.
struct Visible {
  std::vector<std::string> uuids;  // lower case
  bool has_slice = false;          // it names a MIG device
};

Visible visible_devices() {
  Visible visible;
  const char* variable = std::getenv("CUDA_VISIBLE_DEVICES");
  std::string rest = lower(variable == nullptr ? "" : variable);
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string entry = rest.substr(0, comma);
    rest.erase(0, comma + 1);
    if (entry.starts_with("gpu-")) visible.uuids.push_back(entry);
    if (entry.starts_with("mig-")) visible.has_slice = true;
  }
  return visible;
}

bool is_visible(const Visible& visible, const std::string& uuid) {
  return visible.uuids.empty() ||
         std::ranges::any_of(visible.uuids, [id = lower(uuid)](const std::string& begin) {
           return id.starts_with(begin);
         });
}

class NvmlMeter final : public Meter {
 public:
  void add(std::unique_ptr<nvml::NvmlGpu> gpu) {
    const auto channels = gpu->channels();
    channels_.insert(channels_.end(), channels.begin(), channels.end());
    gpus_.push_back(std::move(gpu));
  }
  void add_note(const std::string& note) { channels_.front().note += "; left out: " + note; }

  std::span<const Channel> channels() const override { return channels_; }

  void read(std::span<Reading> readings) noexcept override {
    std::size_t first = 0;
    for (const auto& gpu : gpus_) {
      const std::size_t count = gpu->channels().size();
      gpu->read(readings.subspan(first, count));
      first += count;
    }
  }

 private:
  std::vector<std::unique_ptr<nvml::NvmlGpu>> gpus_;
  std::vector<Channel> channels_;
};

std::unique_ptr<nvml::NvmlGpu> open_gpu(const std::shared_ptr<const nvml::Library>& library,
                                        unsigned index, const Visible& visible,
                                        const nvml::GpuOptions& options, std::string& why_not) {
  nvml::Device device = nullptr;
  const nvml::Return status = nvml::call((*library)->by_index, index, &device);
  if (status != nvml::kSuccess) {
    why_not = fmt::format("nvml: GPU {}: {}", index, nvml::message(status));
    return nullptr;
  }
  const nvml::Identity gpu = nvml::identify(*library, device, static_cast<int>(index));
  if (!is_visible(visible, gpu.uuid)) {
    why_not = fmt::format("nvml: GPU {} ({}) is not in CUDA_VISIBLE_DEVICES", index, gpu.uuid);
    return nullptr;
  }
  return nvml::NvmlGpu::open(library, device, static_cast<int>(index), options, why_not);
}

std::unique_ptr<Meter> open(const MeterSite& site, std::string& why_not) {
  const Visible visible = visible_devices();
  if (visible.has_slice) {
    why_not =
        "nvml: CUDA_VISIBLE_DEVICES names a MIG slice, and the counter is of the whole GPU; run on "
        "a GPU without MIG";
    return nullptr;
  }
  const auto library = nvml::Library::open(site.root, why_not);
  if (!library) return nullptr;
  unsigned count = 0;
  if (const auto status = nvml::call((*library)->count, &count); status != nvml::kSuccess) {
    why_not = fmt::format("nvml: nvmlDeviceGetCount_v2: {}", nvml::message(status));
    return nullptr;
  }
  const nvml::GpuOptions options{
      .reasons_allowed = static_cast<std::uint64_t>(site.options.at("reasons_allowed_mask")),
      .pid_namespace = in_pid_namespace(site.root),
      .clock = site.clock};
  auto meter = std::make_unique<NvmlMeter>();
  std::string left_out;
  for (unsigned index = 0; index < count; ++index) {
    std::string why;
    if (auto gpu = open_gpu(library, index, visible, options, why)) {
      meter->add(std::move(gpu));
    } else {
      left_out += (left_out.empty() ? "" : "; ") + why;
    }
  }
  if (meter->channels().empty()) {
    why_not = count == 0 ? "nvml: the driver sees no GPU; a container needs --gpus all, a job "
                           "--gres=gpu:1 or its like"
                         : left_out;
    return nullptr;
  }
  if (!left_out.empty()) meter->add_note(left_out);
  return meter;
}

}  // namespace

std::string gpu_uuid(std::span<const std::uint8_t, 16> bytes) {
  std::string text = "GPU-";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", bytes[i]);
  }
  return text;
}

int gpu_channel(std::span<const Channel> channels, std::string_view uuid) {
  const std::string gpu = lower(fmt::format("nvml/{}", uuid));
  // The first of a GPU counts all of it; parts and the module have groups of their own. On a Grace
  // module whose GPU has no sensor the module's is what there is.
  for (const std::string& group : {gpu, gpu + "/module"}) {
    for (std::size_t i = 0; i < channels.size(); ++i) {
      // Once calibrations were looked up, the group has the device before it: "gpu-0: nvml/GPU-1b".
      const std::string of = lower(channels[i].gain_group);
      if (of == group || of.ends_with(": " + group)) return static_cast<int>(i);
    }
  }
  return -1;
}

namespace meter {

extern const MeterType meter_nvml{
    .name = "nvml",
    .description = "energy and power of NVIDIA GPUs, and why their clocks are where they are",
    .source = Source::measured,
    .options = kOptions,
    .open = open,
};

}  // namespace meter
}  // namespace ergon
