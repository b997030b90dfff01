#include "harness/meter/nvml_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <initializer_list>
#include <vector>

#include "harness/meter/sysfs.h"

namespace ergon::nvml {
namespace {

namespace fs = std::filesystem;

constexpr char kVariable[] = "ERGON_NVML_LIBRARY";
constexpr const char* kNames[] = {"libnvidia-ml.so.1", "libnvidia-ml.so"};
constexpr const char* kFolders[] = {"usr/lib/x86_64-linux-gnu",
                                    "usr/lib/aarch64-linux-gnu",
                                    "usr/lib64",
                                    "usr/lib",
                                    "usr/lib/wsl/lib",
                                    "usr/local/nvidia/lib64",
                                    "run/opengl-driver/lib"};

std::vector<std::string> candidates(const fs::path& root) {
  const char* named = std::getenv(kVariable);
  if (named != nullptr && *named != '\0') return {named};
  std::vector<std::string> files;
  for (const char* name : kNames) {
    if (root == "/") {
      files.emplace_back(name);
      continue;
    }
    for (const char* folder : kFolders) {
      std::error_code ignored;
      const fs::path file = root / folder / name;
      if (fs::exists(file, ignored)) files.push_back(file);
    }
  }
  return files;
}

template <typename Function>
void find(void* handle, Function& function, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (function == nullptr) function = reinterpret_cast<Function>(::dlsym(handle, name));
  }
}

// Newest name first; the older ones have the same parameters.
void find_identity(void* handle, Functions& f) {
  find(handle, f.init, {"nvmlInit_v2", "nvmlInit"});
  find(handle, f.shutdown, {"nvmlShutdown"});
  find(handle, f.driver_version, {"nvmlSystemGetDriverVersion"});
  find(handle, f.nvml_version, {"nvmlSystemGetNVMLVersion"});
  find(handle, f.cuda_driver_version,
       {"nvmlSystemGetCudaDriverVersion_v2", "nvmlSystemGetCudaDriverVersion"});
  find(handle, f.count, {"nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"});
  find(handle, f.by_index, {"nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex"});
  find(handle, f.by_uuid, {"nvmlDeviceGetHandleByUUID"});
  find(handle, f.name, {"nvmlDeviceGetName"});
  find(handle, f.uuid, {"nvmlDeviceGetUUID"});
  find(handle, f.pci_info, {"nvmlDeviceGetPciInfo_v3"});
  find(handle, f.vbios_version, {"nvmlDeviceGetVbiosVersion"});
  find(handle, f.architecture, {"nvmlDeviceGetArchitecture"});
  find(handle, f.compute_capability, {"nvmlDeviceGetCudaComputeCapability"});
  find(handle, f.memory_info, {"nvmlDeviceGetMemoryInfo"});
  find(handle, f.mig_mode, {"nvmlDeviceGetMigMode"});
}

void find_measures(void* handle, Functions& f) {
  find(handle, f.total_energy, {"nvmlDeviceGetTotalEnergyConsumption"});
  find(handle, f.power_usage, {"nvmlDeviceGetPowerUsage"});
  find(handle, f.field_values, {"nvmlDeviceGetFieldValues"});
  find(handle, f.clock, {"nvmlDeviceGetClockInfo"});
  find(handle, f.event_reasons,
       {"nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"});
  find(handle, f.violation, {"nvmlDeviceGetViolationStatus"});
  find(handle, f.temperature, {"nvmlDeviceGetTemperature"});
  find(handle, f.temperature_v, {"nvmlDeviceGetTemperatureV"});
  find(handle, f.compute_processes, {"nvmlDeviceGetComputeRunningProcesses_v3"});
}

void find_state(void* handle, Functions& f) {
  find(handle, f.power_limit, {"nvmlDeviceGetPowerManagementLimit"});
  find(handle, f.power_limit_default, {"nvmlDeviceGetPowerManagementDefaultLimit"});
  find(handle, f.power_limit_enforced, {"nvmlDeviceGetEnforcedPowerLimit"});
  find(handle, f.power_limit_range, {"nvmlDeviceGetPowerManagementLimitConstraints"});
  find(handle, f.clock_max, {"nvmlDeviceGetMaxClockInfo"});
  find(handle, f.persistence_mode, {"nvmlDeviceGetPersistenceMode"});
  find(handle, f.performance_state, {"nvmlDeviceGetPerformanceState"});
  find(handle, f.ecc_mode, {"nvmlDeviceGetEccMode"});
  find(handle, f.pcie_generation, {"nvmlDeviceGetCurrPcieLinkGeneration"});
  find(handle, f.pcie_width, {"nvmlDeviceGetCurrPcieLinkWidth"});
  find(handle, f.power_source, {"nvmlDeviceGetPowerSource"});
}

bool has_nvidia_device(const fs::path& root) {
  std::error_code ignored;
  for (const auto& device : fs::directory_iterator(root / "sys/bus/pci/devices", ignored)) {
    if (read_line(device.path() / "vendor") == "0x10de") return true;
  }
  return false;
}

std::string absent(const fs::path& root) {
  std::error_code ignored;
  const char* named = std::getenv(kVariable);
  if (named != nullptr && *named != '\0') {
    return fmt::format("nvml: {}={} cannot be loaded; unset it, or name a library that can",
                       kVariable, named);
  }
  if (fs::exists(root / "proc/driver/nvidia/version", ignored)) {
    return "nvml: the kernel has the NVIDIA driver, but libnvidia-ml.so.1 is not here; in a "
           "container give it the GPUs: docker run --gpus all -e "
           "NVIDIA_DRIVER_CAPABILITIES=compute,utility";
  }
  if (fs::exists(root / "sys/bus/pci/drivers/nouveau/module", ignored)) {
    return "nvml: the GPU is driven by nouveau, which has no energy counter; install NVIDIA's "
           "driver: sudo apt-get install nvidia-driver";
  }
  if (!has_nvidia_device(root)) return "nvml: no NVIDIA GPU on this machine's PCI bus";
  return "nvml: the NVIDIA GPU here has no driver; install it: sudo apt-get install nvidia-driver";
}

std::string unstarted(Return status) {
  std::string mend;
  if (status == kDriverNotLoaded) mend = "; load it: sudo modprobe nvidia";
  if (status == kVersionMismatch) mend = "; reboot, or reload the module: sudo rmmod nvidia";
  if (status == kNoPermission) mend = "; give the user /dev/nvidiactl and /dev/nvidia0";
  return fmt::format("nvml: nvmlInit_v2: {}{}", message(status), mend);
}

}  // namespace

std::shared_ptr<const Library> Library::open(const fs::path& root, std::string& why_not) {
  for (const std::string& file : candidates(root)) {
    void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) continue;
    auto library = std::make_shared<Library>(handle);
    const Return status = library->start();
    if (status == kSuccess) return library;
    why_not = unstarted(status);
    return nullptr;
  }
  why_not = absent(root);
  return nullptr;
}

Library::Library(void* handle) : handle_(handle) {
  find_identity(handle, functions_);
  find_measures(handle, functions_);
  find_state(handle, functions_);
}

Library::~Library() {
  if (started_) (void)call(functions_.shutdown);
  ::dlclose(handle_);
}

Return Library::start() {
  const Return status = call(functions_.init);
  started_ = status == kSuccess;
  return status;
}

std::string_view message(Return status) {
  switch (status) {
    case kSuccess:
      return "success";
    case kUninitialized:
      return "the library is not initialised";
    case kInvalidArgument:
      return "the driver takes it for an invalid argument";
    case kNotSupported:
      return "this GPU does not support it";
    case kNoPermission:
      return "no permission";
    case kNotFound:
      return "not found";
    case kInsufficientSize:
      return "the buffer is too small";
    case kDriverNotLoaded:
      return "the NVIDIA kernel module is not loaded";
    case kTimeout:
      return "the driver did not answer in time";
    case kFunctionNotFound:
      return "this driver does not have the function";
    case kGpuIsLost:
      return "the GPU is lost: it fell off the bus, or its driver was unloaded";
    case kResetRequired:
      return "the GPU needs a reset";
    case kVersionMismatch:
      return "the library and the kernel module are of different driver versions";
    case kMemory:
      return "out of memory";
    case kNoData:
      return "no data";
    default:
      return "an error that NVML does not name";
  }
}

int error_number(Return status) noexcept {
  switch (status) {
    case kSuccess:
      return 0;
    case kInvalidArgument:
      return EINVAL;
    case kNotSupported:
    case kFunctionNotFound:
      return ENOTSUP;
    case kNoPermission:
      return EACCES;
    case kTimeout:
      return ETIMEDOUT;
    case kUninitialized:
    case kNotFound:
    case kDriverNotLoaded:
    case kGpuIsLost:
    case kResetRequired:
    case kVersionMismatch:
      return ENODEV;
    case kMemory:
      return ENOMEM;
    case kNoData:
      return ENODATA;
    default:
      return EIO;
  }
}

}  // namespace ergon::nvml
