#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/meter/channel.h"
#include "harness/meter/rapl_model.h"

namespace ergon {

// A set of RAPL counters of its own: a package, or a die where a package has several of them.
struct RaplUnit {
  int package = 0;
  int die = -1;  // -1: the package's only one
  int cpu = 0;   // its first CPU that is online: the one to read on

  // "package-0", "package-0-die-1": as powercap names its zones.
  [[nodiscard]] std::string name() const;
};

// By package and die, from /sys/devices/system/cpu. AMD counts per package whatever its dies.
[[nodiscard]] std::vector<RaplUnit> rapl_units(const std::filesystem::path& root, CpuVendor vendor);

// The unit that a CPU belongs to; null where `units` has none.
[[nodiscard]] const RaplUnit* rapl_unit_of(const std::filesystem::path& root,
                                           const std::vector<RaplUnit>& units, int cpu);

// "0,28-30" -> 0 28 29 30; empty where it is no list of CPUs.
[[nodiscard]] std::vector<int> parse_cpu_list(std::string_view text);

// Which containers a meter has channels of, beside the channel in question.
struct RaplContainers {
  bool package = false;   // of the channel's own unit
  bool platform = false;  // contains everything
};

// The name, domain, container, period and gain of a RAPL channel, the same whichever way it is
// read but for the `meter` that the name begins with: "perf/package-0/dram".
[[nodiscard]] Channel rapl_channel(std::string_view meter, const RaplUnit& unit, RaplDomain domain,
                                   RaplContainers containers);

// What a reader of this CPU's RAPL numbers must know; empty where nothing is known against them.
[[nodiscard]] std::string rapl_note(const CpuIdentity& cpu);

// Why there is no RAPL at all on this CPU, beyond what the meter itself has seen, and what to do.
[[nodiscard]] std::string rapl_absence(const CpuIdentity& cpu, std::string_view driver);

}  // namespace ergon
