#include "harness/record/kernel_finder.h"

#include "kernels/error.h"

namespace ergon {
namespace {

// Holds the names that its kernel views.
struct ForeignKernel {
  std::string primitive, name;
  Kernel kernel;
};

std::shared_ptr<const Kernel> stand_in(std::string_view id, DeviceKind device) {
  const std::size_t slash = id.find('/');
  if (slash == std::string_view::npos) {
    throw Error("kernel '" + std::string(id) + "': expected primitive/name; the file is damaged");
  }
  const auto made = std::make_shared<ForeignKernel>();
  made->primitive = id.substr(0, slash);
  made->name = id.substr(slash + 1);
  made->kernel = {
      .primitive = made->primitive.c_str(),
      .name = made->name,
      .device = device,
      .requirement = {},
      .source = "another build",
      .refuses = [](const Problem&, bool) { return std::string("this build lacks the kernel"); },
      .missing = [] { return std::string("this build lacks the kernel"); },
      .bind = [](const Binding&) -> Launch { throw Error("this build lacks the kernel"); }};
  return {made, &made->kernel};
}

}  // namespace

const Kernel* KernelFinder::find(std::string_view id, DeviceKind device) {
  const auto known = found_.find(id);
  if (known != found_.end()) return known->second;
  const Kernel* kernel = kernel::named(id);
  for (const auto& foreign : results_.foreign_kernels) {
    if (kernel == nullptr && kernel_id(*foreign) == id) kernel = foreign.get();
  }
  if (kernel == nullptr) {
    kernel = results_.foreign_kernels.emplace_back(stand_in(id, device)).get();
  }
  found_.emplace(id, kernel);
  return kernel;
}

Point KernelFinder::point(std::string_view key) {
  // Only a point on a GPU has no threads of its own.
  const bool cpu = key.find(",threads=0,") == std::string_view::npos;
  return point_from_key(
      key, [&](std::string_view id) { return find(id, cpu ? DeviceKind::cpu : DeviceKind::cuda); });
}

}  // namespace ergon
