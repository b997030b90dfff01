#include <memory>

#include <hwloc.h>

#include "kernels/cpu/topology.h"

namespace ergon {
namespace {

struct Destroy {
  void operator()(hwloc_topology* topology) const { hwloc_topology_destroy(topology); }
};
struct Free {
  void operator()(hwloc_bitmap_s* set) const { hwloc_bitmap_free(set); }
};

}  // namespace

std::vector<CacheLevel> cpu_caches(std::span<const int> cpus) {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) return sys_caches(cpus, "/sys/devices/system/cpu");
  const std::unique_ptr<hwloc_topology, Destroy> topology(raw);
  std::vector<CacheLevel> caches;
  if (hwloc_topology_load(raw) != 0) return sys_caches(cpus, "/sys/devices/system/cpu");
  const std::unique_ptr<hwloc_bitmap_s, Free> wanted(hwloc_bitmap_alloc());
  for (const int cpu : cpus) hwloc_bitmap_set(wanted.get(), static_cast<unsigned>(cpu));
  constexpr hwloc_obj_type_t kTypes[] = {HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L3CACHE,
                                         HWLOC_OBJ_L4CACHE, HWLOC_OBJ_L5CACHE};
  for (const hwloc_obj_type_t type : kTypes) {
    CacheLevel level = {.name = "", .bytes_each = 0, .instances = 0};
    for (hwloc_obj_t object = nullptr;
         (object = hwloc_get_next_obj_by_type(raw, type, object)) != nullptr;) {
      if (hwloc_bitmap_intersects(object->cpuset, wanted.get()) == 0) continue;
      level.name = "L" + std::to_string(object->attr->cache.depth);
      level.bytes_each = object->attr->cache.size;
      ++level.instances;
    }
    if (level.instances > 0 && level.bytes_each > 0) caches.push_back(level);
  }
  // A container may hide the caches from hwloc and not from /sys.
  return caches.empty() ? sys_caches(cpus, "/sys/devices/system/cpu") : caches;
}

}  // namespace ergon
