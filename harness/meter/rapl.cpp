#include "harness/meter/rapl.h"

#include <algorithm>
#include <charconv>

#include "harness/meter/sysfs.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

// RAPL counters step about once a millisecond, on Intel (Haehnel 2012) and AMD (amd_energy).
constexpr Seconds kUpdatePeriod{0.001};
// No maker states one; 5 % is what studies of RAPL against external meters find.
constexpr double kGain = 0.05;

struct CpuPlace {
  int package = 0, die = 0;
};

// Nothing for a CPU that is offline: its topology folder is gone.
std::optional<CpuPlace> place_of(const fs::path& root, int cpu) {
  const fs::path folder = root / ("sys/devices/system/cpu/cpu" + std::to_string(cpu)) / "topology";
  const auto package = read_number(folder / "physical_package_id");
  if (!package) return std::nullopt;
  const auto die = read_number(folder / "die_id");  // since Linux 5.2
  return CpuPlace{static_cast<int>(*package), static_cast<int>(die.value_or(0))};
}

std::vector<int> all_cpus(const fs::path& root) {
  std::vector<int> cpus;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(root / "sys/devices/system/cpu", ignored)) {
    const std::string name = entry.path().filename();
    int cpu = 0;
    if (!name.starts_with("cpu")) continue;
    const auto [end, failure] = std::from_chars(name.data() + 3, name.data() + name.size(), cpu);
    if (failure == std::errc() && end == name.data() + name.size()) cpus.push_back(cpu);
  }
  std::sort(cpus.begin(), cpus.end());
  return cpus;
}

std::string_view domain_name(RaplDomain domain) {
  switch (domain) {
    case RaplDomain::package:
      return "package";
    case RaplDomain::core:
      return "core";
    case RaplDomain::uncore:
      return "uncore";
    case RaplDomain::dram:
      return "dram";
    case RaplDomain::platform:
      return "platform";
  }
  return "";
}

}  // namespace

std::string RaplUnit::name() const {
  const std::string name = "package-" + std::to_string(package);
  return die < 0 ? name : name + "-die-" + std::to_string(die);
}

std::vector<RaplUnit> rapl_units(const fs::path& root, CpuVendor vendor) {
  std::vector<RaplUnit> units;
  bool several_dies = false;
  for (const int cpu : all_cpus(root)) {
    auto place = place_of(root, cpu);
    if (!place) continue;
    if (vendor == CpuVendor::amd) place->die = 0;
    const auto same = [&](const RaplUnit& unit) {
      return unit.package == place->package && unit.die == place->die;
    };
    if (std::any_of(units.begin(), units.end(), same)) continue;
    several_dies = several_dies || std::any_of(units.begin(), units.end(), [&](const auto& unit) {
                     return unit.package == place->package;
                   });
    units.push_back({place->package, place->die, cpu});
  }
  std::sort(units.begin(), units.end(), [](const RaplUnit& a, const RaplUnit& b) {
    return std::pair(a.package, a.die) < std::pair(b.package, b.die);
  });
  if (!several_dies) {
    for (RaplUnit& unit : units) unit.die = -1;
  }
  return units;
}

const RaplUnit* rapl_unit_of(const fs::path& root, const std::vector<RaplUnit>& units, int cpu) {
  const auto place = place_of(root, cpu);
  for (const RaplUnit& unit : units) {
    const bool same_die = place && (unit.die < 0 || unit.die == place->die);
    if (same_die && unit.package == place->package) return &unit;
  }
  return nullptr;
}

std::vector<int> parse_cpu_list(std::string_view text) {
  std::vector<int> cpus;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  while (at != end) {
    int first = 0;
    auto parsed = std::from_chars(at, end, first);
    if (parsed.ec != std::errc() || first < 0) return {};
    int last = first;
    if (parsed.ptr != end && *parsed.ptr == '-') {
      parsed = std::from_chars(parsed.ptr + 1, end, last);
      // No kernel has more CPUs than this.
      if (parsed.ec != std::errc() || last < first || last > 65535) return {};
    }
    for (int cpu = first; cpu <= last; ++cpu) cpus.push_back(cpu);
    if (parsed.ptr != end && *parsed.ptr != ',') return {};
    at = parsed.ptr == end ? end : parsed.ptr + 1;
  }
  return cpus;
}

Channel rapl_channel(std::string_view meter, const RaplUnit& unit, RaplDomain domain,
                     RaplContainers containers) {
  const std::string package = unit.name();
  const std::string prefix = std::string(meter) + "/";
  const bool in_package = domain == RaplDomain::core || domain == RaplDomain::uncore;
  Channel channel;
  channel.domain = domain_name(domain);
  std::string place = package + "/" + channel.domain;
  if (domain == RaplDomain::package) place = package;
  if (domain == RaplDomain::platform) place = "psys";
  if (in_package && containers.package) {
    channel.within = prefix + package;
  } else if (domain != RaplDomain::platform && containers.platform) {
    channel.within = prefix + "psys";  // of DRAM too: it is beside the package, not in it
  }
  channel.name = prefix + place;
  channel.update_period = kUpdatePeriod;
  channel.gain_relative = kGain;
  channel.gain_group = "rapl/" + place;
  return channel;
}

std::string rapl_note(const CpuIdentity& cpu) {
  if (cpu.vendor == CpuVendor::amd) {
    return "AMD models this energy: how it depends on data is not seen";
  }
  return cpu.sgx ? "this CPU has SGX: while SGX is in use, energy over short times is filtered"
                 : "";
}

std::string rapl_absence(const CpuIdentity& cpu, std::string_view driver) {
  if (cpu.virtual_machine) {
    return "this is a virtual machine, whose host keeps the counters: measure on the host";
  }
  if (cpu.vendor == CpuVendor::other) return "RAPL is in Intel and AMD CPUs only";
  return "load the driver: sudo modprobe " + std::string(driver);
}

}  // namespace ergon
