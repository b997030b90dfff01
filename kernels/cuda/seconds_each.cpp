#include "kernels/cuda/seconds_each.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace ergon {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

double seconds_of(CudaDevice& device, const std::function<bool()>& launch, int launches) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < launches; ++i) {
    if (!launch()) return kNever;
  }
  if (!device.synchronize().empty()) return kNever;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() / launches;
}

}  // namespace

double seconds_each(CudaDevice& device, const std::function<bool()>& launch) {
  if (seconds_of(device, launch, 1) == kNever) return kNever;  // loads the code
  const double once = seconds_of(device, launch, 1);
  if (once == kNever) return kNever;
  // A millisecond, so that the tens of microseconds that waiting takes do not decide.
  const int launches = static_cast<int>(std::clamp(1e-3 / once, 2.0, 100.0));
  return std::min(seconds_of(device, launch, launches), seconds_of(device, launch, launches));
}

}  // namespace ergon
