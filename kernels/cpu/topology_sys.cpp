#include "kernels/cpu/topology.h"

namespace ergon {

std::vector<CacheLevel> cpu_caches(std::span<const int> cpus) {
  return sys_caches(cpus, "/sys/devices/system/cpu");
}

}  // namespace ergon
