#include "kernels/kernel.h"

#include "kernels/cpu/features.h"

namespace ergon {

std::string kernel_id(const Kernel& kernel) {
  return std::string(kernel.primitive) + "/" + std::string(kernel.name);
}

std::string kernel_unavailable(const Kernel& kernel) {
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
