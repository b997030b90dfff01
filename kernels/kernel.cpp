#include "kernels/kernel.h"

#include "kernels/cpu/features.h"
#include "kernels/device.h"

namespace ergon {

std::string kernel_id(const Kernel& kernel) {
  return std::string(kernel.primitive) + "/" + std::string(kernel.name);
}

namespace {

// The reason no GPU here has the architecture; empty where one has. GPUs do not come and go.
std::string gpu_lacks(const Requirement& requirement) {
  struct Gpu {
    int sm = 0;
    std::string why_not = "this build has no CUDA";
  };
  static const Gpu gpu = [] {
    Gpu found;
    for (const DeviceType* type : device::all()) {
      if (type->architecture != nullptr) found.sm = type->architecture(found.why_not);
    }
    return found;
  }();
  if (gpu.sm == 0) return gpu.why_not;
  const bool able =
      requirement.sm_exact ? gpu.sm == requirement.sm_min : gpu.sm >= requirement.sm_min;
  if (able) return "";
  return "this GPU is sm_" + std::to_string(gpu.sm) + ", the kernel needs sm_" +
         std::to_string(requirement.sm_min) + (requirement.sm_exact ? " exactly" : " or newer");
}

}  // namespace

std::string kernel_unavailable(const Kernel& kernel) {
  if (kernel.requirement.sm_min > 0) {
    if (std::string why_not = gpu_lacks(kernel.requirement); !why_not.empty()) return why_not;
  }
  const std::uint32_t lacking = kernel.requirement.cpu_features & ~cpu_features();
  if (lacking != 0) return "this CPU has no " + cpu_feature_names(lacking);
  return kernel.missing == nullptr ? "" : kernel.missing();
}

namespace kernel {

const Kernel* named(std::string_view id) {
  for (const Kernel* kernel : all()) {
    if (kernel_id(*kernel) == id) return kernel;
  }
  return nullptr;
}

}  // namespace kernel
}  // namespace ergon
