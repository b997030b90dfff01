#pragma once

#include <span>
#include <string>
#include <vector>

#include "kernels/device.h"

namespace ergon {

// The data and unified caches that threads on these CPUs can use, smallest first; empty where the
// machine does not tell. From hwloc where the build has it, else from sys_caches.
[[nodiscard]] std::vector<CacheLevel> cpu_caches(std::span<const int> cpus);

// The same from Linux' files under `root`, "/sys/devices/system/cpu" (Documentation/ABI/testing/
// sysfs-devices-system-cpu).
[[nodiscard]] std::vector<CacheLevel> sys_caches(std::span<const int> cpus,
                                                 const std::string& root);

// "AMD EPYC 9654, 2 sockets" from /proc/cpuinfo's text; sockets counted over the whole machine.
[[nodiscard]] std::string cpu_name(const std::string& cpuinfo);

}  // namespace ergon
