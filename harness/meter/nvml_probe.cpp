#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "harness/meter/nvml_gpu.h"

namespace ergon::nvml {
namespace {

// What makers and studies say of a sensor: it shows a new number every `period`, the mean of the
// last `window`. 0: nobody has published it.
struct Sensor {
  Seconds period, window;
};

// Source: GPU_Power_Benchmark's result matrix (Yang et al., SC'24), the `.instant` column.
Sensor instant_sensor(const Identity& gpu) {
  const bool is_ga100 = gpu.compute_major == 8 && gpu.compute_minor == 0;
  switch (gpu.architecture) {
    case kKepler:
    case kMaxwell:
      return {Seconds{0.1}, Seconds{0}};
    case kPascal:
    case kVolta:
      return {Seconds{0.02}, Seconds{0.01}};
    case kTuring:
    case kAda:
      return {Seconds{0.1}, Seconds{0.1}};
    case kAmpere:
      return {Seconds{0.1}, is_ga100 ? Seconds{0.025} : Seconds{0.1}};
    case kHopper:
      // Published for the H100; nobody has for the H200.
      return {Seconds{0.1},
              gpu.name.find("H200") == std::string::npos ? Seconds{0.025} : Seconds{0}};
    default:
      return {Seconds{0.1}, Seconds{0}};
  }
}

// nvmlDeviceGetPowerUsage is a mean over 1 s from Ampere on, GA100 apart; nvml.h says so.
bool usage_is_average(const Identity& gpu) {
  const bool is_ga100 = gpu.compute_major == 8 && gpu.compute_minor == 0;
  return gpu.architecture >= kAmpere && !is_ga100;
}

std::string sensor_note(const Sensor& sensor) {
  if (sensor.window.value <= 0) {
    return "how long it averages is not published: ergon characterise finds it";
  }
  if (sensor.window < sensor.period) {
    return fmt::format(
        "sees {:.0f} ms of every {:.0f} ms: load that varies at that pace is "
        "misjudged",
        sensor.window.value * 1e3, sensor.period.value * 1e3);
  }
  return "";
}

struct Duration {
  std::uint32_t field;
  int policy;  // of nvmlDeviceGetViolationStatus; -1: it has none
  std::uint64_t reasons;
  const char* name;
};
// Growth of the last three and of heat, power and board spoils a window, unless it is allowed.
// Reliability grows at the highest voltage, which is a healthy GPU's normal state.
constexpr Duration kDurations[] = {
    {kFieldLimitedByPower, 0, kReasonSoftwarePowerCap, "limited-by-power"},
    {kFieldLimitedByHeat, 1, kReasonSoftwareThermal, "limited-by-heat"},
    {kFieldLimitedBySyncBoost, 2, 0, "limited-by-sync-boost"},
    {kFieldLimitedByBoard, 3, kReasonHardwareSlowdown, "limited-by-board"},
    {kFieldLimitedByLowUse, 4, 0, "limited-by-low-use"},
    {kFieldLimitedByReliability, 5, 0, "limited-by-reliability"},
    {kFieldSlowedByHeatSoftware, -1, kReasonSoftwareThermal, "slowed-by-heat-software"},
    {kFieldSlowedByHeatHardware, -1, kReasonHardwareThermal, "slowed-by-heat-hardware"},
    {kFieldSlowedByPowerBrake, -1, kReasonHardwarePowerBrake, "slowed-by-power-brake"},
};

constexpr double kGain = 0.05;  // measurement.md, 3b: random per board

}  // namespace

// Asks a GPU what it has, and makes its channels.
class GpuProbe {
 public:
  GpuProbe(NvmlGpu& gpu, Identity identity)
      : gpu_(gpu),
        identity_(std::move(identity)),
        prefix_(fmt::format("nvml/gpu-{}", identity_.index)),
        group_(identity_.uuid.empty() ? prefix_ : "nvml/" + identity_.uuid),
        sensor_(instant_sensor(identity_)) {}

  void probe() {
    probe_scopes();
    probe_energy();
    probe_power();
    probe_durations();
    probe_beside();
  }

 private:
  using Way = NvmlGpu::Way;

  // One field now; its raw count, or 0 with the status in `status`.
  std::uint64_t ask(std::uint32_t field, std::uint32_t scope, Return& status) {
    FieldValue value{.field = field,
                     .scope = scope,
                     .timestamp_us = 0,
                     .latency_us = 0,
                     .value_type = 0,
                     .status = kUnknown,
                     .value = {}};
    gpu_.fields_ = {value};
    gpu_.fields_status_ = kFunctionNotFound;
    gpu_.read_fields();
    NvmlGpu::Slot slot{.way = Way::field, .what = 0, .last = {}};
    const Reading reading = gpu_.read_slot(slot);
    status = gpu_.fields_status_ != kSuccess ? gpu_.fields_status_ : gpu_.fields_[0].status;
    type_ = gpu_.fields_[0].value_type;
    gpu_.fields_.clear();
    return reading.error == 0 ? reading.raw : 0;
  }
  std::uint64_t ask(std::uint32_t field, std::uint32_t scope = kScopeGpu) {
    Return status = kSuccess;
    return ask(field, scope, status);
  }

  // Whether a driver tells scopes apart at all, and what they are.
  void probe_scopes() {
    const auto power_of = [this](std::uint32_t scope, std::uint32_t& field) {
      field = kFieldPowerInstant;
      std::uint64_t mw = ask(field, scope);
      if (mw == 0 && scope != kScopeGpu) mw = ask(field = kFieldPowerAverage, scope);
      return mw;
    };
    std::uint32_t unused = 0;
    gpu_mw_ = power_of(kScopeGpu, unused);
    module_mw_ = power_of(kScopeModule, module_field_);
    part_mw_ = power_of(kScopeMemory, part_field_);
    rest_mw_ = power_of(kScopeBase, unused);
    if (gpu_mw_ == 0) {
      part_mw_ = 0;
      return;
    }
    if (module_mw_ <= gpu_mw_) module_mw_ = 0;
    if (part_mw_ >= gpu_mw_) part_mw_ = 0;
  }

  void probe_energy() {
    if (ask(kFieldEnergy) != 0) {
      const std::int32_t type = type_;
      add_field(energy_channel(), kFieldEnergy, kScopeGpu);
      // A counter of 32 bits starts again after 4.3 MJ.
      if (type == kUnsignedInt) gpu_.channels_.back().wrap = 1ULL << 32;
      return;
    }
    add_function(energy_channel(), Way::total_energy, 0);
  }

  void probe_power() {
    const std::string whole = gpu_.channels_.empty() ? "" : prefix_;
    const std::string module = prefix_ + "/module";
    if (gpu_mw_ != 0) {
      add_field(power_channel("power", whole), kFieldPowerInstant, kScopeGpu);
    } else if (!usage_is_average(identity_)) {
      add_function(power_channel("power", whole), Way::power_usage, 0);
    }
    const std::string containing = gpu_.channels_.empty() ? "" : gpu_.channels_.front().name;
    if (ask(kFieldPowerAverage) != 0) {
      add_field(average_channel(containing), kFieldPowerAverage, kScopeGpu);
    } else if (usage_is_average(identity_)) {
      add_function(average_channel(containing), Way::power_usage, 0);
    }
    if (part_mw_ != 0) {
      add_field(part_channel(containing), part_field_, kScopeMemory);
    }
    if (module_mw_ != 0) {
      for (Channel& channel : gpu_.channels_) {
        if (channel.within.empty()) channel.within = module;
      }
      add_field(module_channel(module), module_field_, kScopeModule);
    }
  }

  void probe_durations() {
    for (const Duration& duration : kDurations) {
      Return status = kSuccess;
      (void)ask(duration.field, kScopeGpu, status);
      Channel channel = beside(duration.name, Measure::duration, 1e-9);
      bool added = false;
      if (status == kSuccess) {
        add_field(std::move(channel), duration.field, kScopeGpu);
        added = true;
      } else if (duration.policy >= 0) {
        const auto policy = static_cast<std::uint32_t>(duration.policy);
        added = add_function(std::move(channel), Way::violation, policy);
      }
      if (added) gpu_.slots_.back().reasons = duration.reasons;
    }
  }

  void probe_beside() {
    add_function(beside("sm-clock", Measure::frequency, 1e6), Way::clock, kClockSm);
    add_function(beside("memory-clock", Measure::frequency, 1e6), Way::clock, kClockMemory);
    add_function(beside("temperature", Measure::temperature, 1), Way::temperature, 0);
    if (ask(kFieldMemoryTemperature) != 0) {
      add_field(beside("memory-temperature", Measure::temperature, 1), kFieldMemoryTemperature,
                kScopeGpu);
    }
    Channel reasons = beside("event-reasons", Measure::flags, 1);
    reasons.note =
        "why the clocks are not at their highest: 0x1 idle, 0x2 application clocks, 0x4 power cap, "
        "0x8 hardware slowdown, 0x10 sync boost, 0x20 heat (driver), 0x40 heat (hardware), 0x80 "
        "power brake, 0x100 display";
    add_function(std::move(reasons), Way::event_reasons, 0);
  }

  Channel base(std::string name, Measure measure, double scale) const {
    Channel channel;
    channel.name = std::move(name);
    channel.domain = "gpu";
    channel.measure = measure;
    channel.scale = scale;
    channel.update_period = sensor_.period;
    channel.resolution = scale;
    channel.note = identity_.name + ", " + identity_.uuid;
    return channel;
  }
  Channel with_gain(Channel channel, const std::string& part, const std::string& note) const {
    channel.gain_relative = kGain;
    channel.gain_group = group_ + part;
    if (!note.empty()) channel.note += "; " + note;
    return channel;
  }
  Channel energy_channel() const {
    Channel channel = base(prefix_, Measure::energy, 1e-3);
    channel.averaging_window = sensor_.window;
    return with_gain(std::move(channel), "", sensor_note(sensor_));
  }
  Channel power_channel(const char* name, const std::string& within) const {
    Channel channel = base(prefix_ + "/" + name, Measure::power, 1e-3);
    channel.within = within;
    channel.averaging_window = sensor_.window;
    return with_gain(std::move(channel), "", sensor_note(sensor_));
  }
  Channel average_channel(const std::string& within) const {
    Channel channel = base(prefix_ + "/power-average", Measure::power, 1e-3);
    channel.within = within;
    channel.update_period = Seconds{0.1};
    channel.averaging_window = Seconds{1};
    return with_gain(std::move(channel), "", "mean of the last second");
  }
  // Scope 2, by whatever name fits what was seen.
  Channel part_channel(const std::string& within) const {
    const double sum = static_cast<double>(part_mw_) + static_cast<double>(rest_mw_);
    const auto gpu = static_cast<double>(gpu_mw_);
    const bool adds_up = rest_mw_ != 0 && std::abs(sum - gpu) <= 0.1 * gpu;
    Channel channel = base(prefix_ + (adds_up ? "/memory" : "/scope-2"), Measure::power, 1e-3);
    channel.domain = adds_up ? "gpu-memory" : "gpu-scope-2";
    channel.within = within;
    return with_gain(std::move(channel), "/scope-2",
                     adds_up ? "power scope 2; scope 3 is the rest of the GPU"
                             : "power scope 2, which nvml.h calls memory in one place and GPU base "
                               "in another; nothing here tells which");
  }
  Channel module_channel(const std::string& name) const {
    Channel channel = base(name, Measure::power, 1e-3);
    channel.domain = "module";
    return with_gain(std::move(channel), "/module", "CPU and GPU of one module");
  }
  Channel beside(const char* name, Measure measure, double scale) const {
    return base(prefix_ + "/" + name, measure, scale);
  }

  void add_field(Channel channel, std::uint32_t field, std::uint32_t scope) {
    queued_.push_back({.field = field,
                       .scope = scope,
                       .timestamp_us = 0,
                       .latency_us = 0,
                       .value_type = 0,
                       .status = kUnknown,
                       .value = {}});
    add(std::move(channel),
        {.way = Way::field, .what = static_cast<std::uint32_t>(queued_.size() - 1), .last = {}});
  }
  // Where the function answers.
  bool add_function(Channel channel, Way way, std::uint32_t what) {
    NvmlGpu::Slot slot{.way = way, .what = what, .last = {}};
    const Reading reading = gpu_.read_function(slot);
    const bool counts = way == Way::violation || way == Way::event_reasons;
    if (reading.error != 0 || (reading.raw == 0 && !counts)) return false;
    add(std::move(channel), slot);
    return true;
  }
  void add(Channel channel, const NvmlGpu::Slot& slot) {
    gpu_.channels_.push_back(std::move(channel));
    gpu_.slots_.push_back(slot);
  }

 public:
  // Hands the fields over once all questions are asked.
  void finish() { gpu_.fields_ = std::move(queued_); }

 private:
  NvmlGpu& gpu_;
  Identity identity_;
  std::string prefix_, group_;
  Sensor sensor_;
  std::vector<FieldValue> queued_;
  std::int32_t type_ = 0;  // of the field asked last
  std::uint64_t gpu_mw_ = 0, module_mw_ = 0, part_mw_ = 0, rest_mw_ = 0;
  std::uint32_t module_field_ = 0, part_field_ = 0;
};

Identity identify(const Library& library, Device device, int index) {
  const auto text = [&](auto function) {
    char buffer[kTextLength] = "";
    const Return status = call(function, device, buffer, kTextLength);
    buffer[kTextLength - 1] = '\0';
    return status == kSuccess ? std::string(buffer) : std::string();
  };
  Identity identity{.index = index, .uuid = text(library->uuid), .name = text(library->name)};
  unsigned architecture = 0;
  if (call(library->architecture, device, &architecture) == kSuccess) {
    identity.architecture = architecture;
  }
  int major = 0, minor = 0;
  if (call(library->compute_capability, device, &major, &minor) == kSuccess) {
    identity.compute_major = major;
    identity.compute_minor = minor;
  }
  return identity;
}

std::unique_ptr<NvmlGpu> NvmlGpu::open(std::shared_ptr<const Library> library, Device device,
                                       int index, const GpuOptions& options, std::string& why_not) {
  unsigned mig = 0, mig_pending = 0;
  if (call((*library)->mig_mode, device, &mig, &mig_pending) == kSuccess && mig == 1) {
    why_not = fmt::format(
        "nvml: GPU {} is sliced by MIG, and its counter is of the whole GPU; for "
        "energy turn MIG off: sudo nvidia-smi -i {} -mig 0",
        index, index);
    return nullptr;
  }
  std::unique_ptr<NvmlGpu> gpu(new NvmlGpu(library, device, options));
  GpuProbe probe(*gpu, identify(*library, device, index));
  probe.probe();
  probe.finish();
  const bool metered = !gpu->channels_.empty() && (gpu->channels_[0].measure == Measure::energy ||
                                                   gpu->channels_[0].measure == Measure::power);
  if (metered) return gpu;
  unsigned milliwatts = 0;
  const Return status = call((*library)->power_usage, device, &milliwatts);
  why_not = fmt::format("nvml: GPU {} gives neither energy nor power: {}", index,
                        status == kSuccess ? "0 mW" : message(status));
  return nullptr;
}

}  // namespace ergon::nvml
