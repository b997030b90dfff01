#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <span>

#include "harness/meter/nvml.h"
#include "harness/meter/nvml_gpu.h"

namespace ergon {
namespace {

using nlohmann::json;
using nvml::Device;
using nvml::Library;
using nvml::Return;

json absent(Return status) { return {{"absent", std::string(nvml::message(status))}}; }

// What a function that fills one value says, or why it does not.
template <typename Value, typename Function, typename... Arguments>
json value_of(Function function, Arguments... arguments) {
  Value value = {};
  const Return status = nvml::call(function, arguments..., &value);
  return status == nvml::kSuccess ? json(value) : absent(status);
}

template <typename Value, typename Function>
json pair_of(Function function, Device device, const char* first, const char* second) {
  Value a = {}, b = {};
  const Return status = nvml::call(function, device, &a, &b);
  return status == nvml::kSuccess ? json{{first, a}, {second, b}} : absent(status);
}

template <typename Function, typename... Arguments>
json text_of(Function function, Arguments... arguments) {
  char buffer[nvml::kTextLength] = "";
  const Return status = nvml::call(function, arguments..., buffer, nvml::kTextLength);
  buffer[nvml::kTextLength - 1] = '\0';
  return status == nvml::kSuccess ? json(std::string(buffer)) : absent(status);
}

json power_limits(const Library& library, Device device) {
  return {{"set_mw", value_of<unsigned>(library->power_limit, device)},
          {"default_mw", value_of<unsigned>(library->power_limit_default, device)},
          {"enforced_mw", value_of<unsigned>(library->power_limit_enforced, device)},
          {"range_mw", pair_of<unsigned>(library->power_limit_range, device, "min", "max")}};
}

json clocks(const Library& library, Device device) {
  return {{"sm_mhz", value_of<unsigned>(library->clock, device, nvml::kClockSm)},
          {"sm_max_mhz", value_of<unsigned>(library->clock_max, device, nvml::kClockSm)},
          {"memory_mhz", value_of<unsigned>(library->clock, device, nvml::kClockMemory)},
          {"memory_max_mhz", value_of<unsigned>(library->clock_max, device, nvml::kClockMemory)}};
}

json processes(const Library& library, Device device) {
  std::array<nvml::ProcessInfo, 64> listed = {};
  unsigned count = listed.size();
  const Return status = nvml::call(library->compute_processes, device, &count, listed.data());
  if (status != nvml::kSuccess) return absent(status);
  json all = json::array();
  for (const auto& process : std::span(listed).first(std::min<std::size_t>(count, 64))) {
    all.push_back({{"pid", process.pid}, {"memory_bytes", process.memory_bytes}});
  }
  return all;
}

json pci(const Library& library, Device device) {
  nvml::PciInfo info = {};
  const Return status = nvml::call(library->pci_info, device, &info);
  if (status != nvml::kSuccess) return absent(status);
  info.bus_id[sizeof(info.bus_id) - 1] = '\0';
  return {{"bus_id", std::string(info.bus_id)},
          {"device_id", info.pci_device_id},
          {"link_generation", value_of<unsigned>(library->pcie_generation, device)},
          {"link_width", value_of<unsigned>(library->pcie_width, device)}};
}

json memory(const Library& library, Device device) {
  nvml::Memory bytes = {};
  const Return status = nvml::call(library->memory_info, device, &bytes);
  if (status != nvml::kSuccess) return absent(status);
  return {{"total_bytes", bytes.total}, {"used_bytes", bytes.used}};
}

json describe_gpu(const Library& library, unsigned index) {
  Device device = nullptr;
  const Return status = nvml::call(library->by_index, index, &device);
  if (status != nvml::kSuccess) return absent(status);
  return {
      {"index", index},
      {"uuid", text_of(library->uuid, device)},
      {"name", text_of(library->name, device)},
      {"vbios", text_of(library->vbios_version, device)},
      {"architecture", value_of<unsigned>(library->architecture, device)},
      {"compute_capability", pair_of<int>(library->compute_capability, device, "major", "minor")},
      {"pci", pci(library, device)},
      {"memory", memory(library, device)},
      {"power_limits", power_limits(library, device)},
      {"clocks", clocks(library, device)},
      {"temperature_celsius", value_of<unsigned>(library->temperature, device, 0)},
      {"event_reasons", value_of<unsigned long long>(library->event_reasons, device)},
      {"performance_state", value_of<int>(library->performance_state, device)},
      {"persistence_mode", value_of<int>(library->persistence_mode, device)},
      {"power_source", value_of<unsigned>(library->power_source, device)},
      {"ecc", pair_of<int>(library->ecc_mode, device, "current", "pending")},
      {"mig", pair_of<unsigned>(library->mig_mode, device, "current", "pending")},
      {"compute_processes", processes(library, device)},
  };
}

}  // namespace

std::string nvml_description(const std::filesystem::path& root) {
  std::string why_not;
  const auto library = Library::open(root, why_not);
  if (!library) return json{{"absent", why_not}}.dump();
  json description{
      {"driver", text_of((*library)->driver_version)},
      {"nvml", text_of((*library)->nvml_version)},
      {"cuda_driver", value_of<int>((*library)->cuda_driver_version)},
      {"gpus", json::array()},
  };
  unsigned count = 0;
  const Return status = nvml::call((*library)->count, &count);
  if (status != nvml::kSuccess) description["gpus"] = absent(status);
  for (unsigned index = 0; index < count; ++index) {
    description["gpus"].push_back(describe_gpu(*library, index));
  }
  return description.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace ergon
