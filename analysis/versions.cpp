#include "analysis/versions.h"

#include <memory>

#include <nlohmann/json.hpp>

#include "harness/record/provenance.h"
#include "kernels/device.h"

namespace ergon {

namespace {

using Json = nlohmann::json;

// A text or a number; microcode may be either. Empty where there is none, or a reason why.
std::string text_at(const Json& json, const std::string& pointer) {
  const Json::json_pointer at(pointer);
  if (!json.contains(at)) return "";
  const Json& value = json.at(at);
  if (value.is_string()) return value.get<std::string>();
  return value.is_number() ? value.dump() : "";
}

}  // namespace

Versions versions_of(const std::string& provenance) {
  Versions versions;
  const Json json = Json::parse(provenance, nullptr, false);
  if (!json.is_object()) return versions;
  const auto put = [&](const std::string& name, const std::string& text) {
    if (!text.empty()) versions[name] = text;
  };
  put("kernel", text_at(json, "/host/kernel/release"));
  put("firmware", text_at(json, "/host/bios_version"));
  put("microcode", text_at(json, "/cpu/microcode"));
  put("compiler", text_at(json, "/build/compiler"));
  if (text_at(json, "/device/kind") == device_kind_name(DeviceKind::cpu)) return versions;
  put("driver", text_at(json, "/nvml/driver"));
  std::string vbios;
  for (int gpu = 0; json.contains(Json::json_pointer("/nvml/gpus/" + std::to_string(gpu))); ++gpu) {
    const std::string one = text_at(json, "/nvml/gpus/" + std::to_string(gpu) + "/vbios");
    if (one.empty() || vbios.find(one) != std::string::npos) continue;
    vbios += vbios.empty() ? one : ", " + one;
  }
  put("vbios", vbios);
  return versions;
}

PresentMachine present_machine() {
  PresentMachine machine{.build_hash = build_hash()};
  for (const DeviceType* type : device::all()) {
    std::string why_not;
    for (int index = 0; const auto device = type->open(index, why_not); ++index) {
      machine.devices[std::string(device->name())] = versions_of(provenance_json(*device, ""));
    }
  }
  return machine;
}

}  // namespace ergon
