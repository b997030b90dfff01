#include "harness/record/provenance.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "harness/meter/nvml.h"
#include "harness/record/build_info.h"
#include "harness/record/facts.h"
#include "harness/sha256.h"
#include "kernels/cuda/cuda_device.h"
#include "kernels/error.h"

namespace ergon {
namespace {

using nlohmann::json;

std::span<const char* const> environment() {
  std::size_t count = 0;
  while (environ != nullptr && environ[count] != nullptr) ++count;
  return {environ, count};
}

// Which GPU it was; what the driver says of it stands under "nvml", by the same UUID.
json gpu_json(const CudaProperties& gpu) {
  return {{"uuid", gpu.uuid},
          {"bus_id", gpu.bus_id},
          {"sm", gpu.sm},
          {"multiprocessors", gpu.multiprocessors},
          {"shared_bytes_max", gpu.shared_bytes_max},
          {"l2_bytes", gpu.l2_bytes},
          {"memory_bytes", gpu.memory_bytes}};
}

json device_json(const Device& device) {
  json caches = json::array();
  for (const CacheLevel& level : device.caches()) {
    caches.push_back(
        {{"name", level.name}, {"bytes_each", level.bytes_each}, {"instances", level.instances}});
  }
  json facts{{"name", device.name()},
             {"kind", device_kind_name(device.kind())},
             {"threads_max", device.threads_max()},
             {"caches", caches}};
  if (device.kind() == DeviceKind::cuda) facts["gpu"] = gpu_json(cuda_device(device).properties());
  return facts;
}

}  // namespace

std::string build_description() {
  const BuildInfo& build = build_info();
  return json{{"revision", build.revision},
              {"dirty", build.dirty},
              {"compiler", build.compiler},
              {"flags", build.flags},
              {"build_type", build.build_type}}
      .dump();
}

std::string build_hash() { return sha256(build_description()); }

std::string kernels_hash() {
  std::string text;
  for (const KernelSource& source : build_info().kernels) {
    text += text.empty() ? "" : ",";
    text += std::string(source.primitive) + "=" + std::string(source.sha256);
  }
  return text;
}

std::string kernel_hash(std::string_view primitive) {
  for (const KernelSource& source : build_info().kernels) {
    if (source.primitive == primitive) return std::string(source.sha256);
  }
  return "";
}

std::string provenance_json(const Device& device, const std::string& command_line) {
  json facts = json::parse(machine_facts("/"));
  facts["command_line"] = command_line;
  facts["build"] = json::parse(build_description());
  facts["device"] = device_json(device);
  facts["software"] = json::parse(software_facts());
  facts["environment"] = json::parse(environment_facts(environment()));
  facts["placement"] = json::parse(placement_facts("/"));
  facts["nvml"] = json::parse(nvml_description("/"));
  return facts.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace ergon
