#include "harness/run/kernel_load.h"

#include <algorithm>
#include <string>

#include "kernels/error.h"

namespace ergon {

KernelLoad::KernelLoad(const Point& point, const OperandBytes& operands, std::int64_t sets,
                       Device& device)
    : device_(device) {
  for (std::int64_t i = 0; i < sets; ++i) {
    std::vector<Buffer>& set = sets_.emplace_back();
    for (const auto& bytes : operands.bytes) {
      set.push_back(device.allocate(bytes.size(), std::max(1, point.threads)));
      device.upload(set.back(), bytes);
    }
    launches_.push_back(
        point.kernel->bind({point.problem, point.threads, point.weights_packed, set, device}));
  }
}

void KernelLoad::launch(std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    launches_[next_]();
    if (++next_ == launches_.size()) next_ = 0;
  }
  if (const std::string error = device_.synchronize(); !error.empty()) throw Error(error);
}

}  // namespace ergon
