#pragma once

#include <map>
#include <string>

namespace ergon {

// What a machine ran under when it was measured, by name: "kernel" (of the operating system),
// "firmware" (BIOS), "microcode" of its CPU, "compiler" of ergon; of a GPU also "driver" and
// "vbios". A name that the machine does not tell is absent.
using Versions = std::map<std::string, std::string>;

// From the provenance of a run (RunInfo::provenance); empty where it says nothing.
[[nodiscard]] Versions versions_of(const std::string& provenance);

// This machine and this build, to hold a table against.
struct PresentMachine {
  std::map<std::string, Versions> devices{};  // by the name of the device
  std::string build_hash{};
};
[[nodiscard]] PresentMachine present_machine();

}  // namespace ergon
