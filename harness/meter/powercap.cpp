#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <tuple>
#include <vector>

#include "harness/meter/meter.h"
#include "harness/meter/sysfs.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

constexpr char kFolder[] = "sys/class/powercap";
constexpr char kReadable[] = "sudo chmod -R a+r /sys/class/powercap/intel-rapl*";
constexpr double kJoulesPerCount = 1e-6;
// RAPL counters step about once a millisecond, on Intel (Haehnel 2012) and AMD (amd_energy).
constexpr Seconds kUpdatePeriod{0.001};
// No maker states one; 5 % is what studies of RAPL against external meters find.
constexpr double kGain = 0.05;
// Sapphire Rapids DRAM before the kernel's fix: 15.3 uJ were taken for the unit of 61 uJ.
constexpr std::uint64_t kWrongDramRange = 65'712'999'613;

struct Zone {
  std::string folder;  // "intel-rapl:0:1"
  std::string parent;  // "intel-rapl:0"; empty for a top zone
  std::string name;    // "package-0", "dram", ...
  fs::path path;
};

struct Cpu {
  bool amd = false, virtual_machine = false, sapphire_rapids = false;
};

Cpu read_cpu(const fs::path& root) {
  Cpu cpu;
  std::ifstream file(root / "proc/cpuinfo");
  std::string line;
  while (std::getline(file, line) && !line.empty()) {  // the first CPU's paragraph
    const bool amd_vendor = line.ends_with("AuthenticAMD") || line.ends_with("HygonGenuine");
    if (line.starts_with("vendor_id")) cpu.amd = amd_vendor;
    if (line.starts_with("flags")) {
      cpu.virtual_machine = line.find(" hypervisor") != std::string::npos;
    }
    if (line.starts_with("model\t")) {  // 143 Sapphire Rapids, 207 Emerald Rapids
      cpu.sapphire_rapids = line.ends_with(": 143") || line.ends_with(": 207");
    }
  }
  cpu.sapphire_rapids = cpu.sapphire_rapids && !cpu.amd;
  return cpu;
}

// "intel-rapl:a:1" has one parent, "intel-rapl:a"; zone numbers are hexadecimal. Anything else in
// the folder is no zone of `control`.
bool is_zone(const std::string& folder, const std::string& control, std::string& parent) {
  if (!folder.starts_with(control + ":")) return false;
  const std::string numbers = folder.substr(control.size() + 1);
  const bool hexadecimal = numbers.find_first_not_of("0123456789abcdef:") == std::string::npos;
  const auto colon = numbers.find(':');
  parent = colon == std::string::npos ? "" : control + ":" + numbers.substr(0, colon);
  return hexadecimal && !numbers.empty();
}

std::vector<Zone> find_zones(const fs::path& folder, const std::string& control) {
  std::vector<Zone> zones;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    Zone zone{entry.path().filename(), "", "", entry.path()};
    if (!is_zone(zone.folder, control, zone.parent)) continue;
    const auto name = read_line(zone.path / "name");
    if (!name) continue;
    zone.name = *name;
    zones.push_back(zone);
  }
  return zones;
}

std::string domain_of(const Zone& zone) {
  if (zone.name.starts_with("package-")) return "package";
  if (zone.name == "psys") return "platform";
  return zone.name;
}

// Packages, then their parts, then the platform, which contains the rest: the first is primary.
// "package-10" comes after "package-2".
auto place(const Zone& zone) {
  const std::string domain = domain_of(zone);
  const int rank = domain == "package" ? 0 : domain == "platform" ? 2 : 1;
  return std::tuple(rank, zone.name.size(), zone.name, zone.folder.size(), zone.folder);
}

std::string name_of(const Zone& zone, const std::vector<Zone>& zones) {
  for (const Zone& parent : zones) {
    if (parent.folder == zone.parent) return "powercap/" + parent.name + "/" + zone.name;
  }
  return "powercap/" + zone.name;
}

// Which channel already counts a zone's energy: the package its cores and uncore, the platform
// everything; DRAM is not in the package.
std::string container_of(const Zone& zone, const std::vector<Zone>& zones) {
  const bool in_package = zone.name == "core" || zone.name == "uncore";
  for (const Zone& other : zones) {
    if (in_package && other.folder == zone.parent) return "powercap/" + other.name;
    if (!in_package && zone.name != "psys" && other.name == "psys") return "powercap/psys";
  }
  return "";
}

Channel make_channel(const Zone& zone, const std::vector<Zone>& zones, const Cpu& cpu) {
  Channel channel;
  channel.name = name_of(zone, zones);
  channel.domain = domain_of(zone);
  channel.within = container_of(zone, zones);
  channel.scale = kJoulesPerCount;
  channel.update_period = kUpdatePeriod;
  channel.wrap = read_number(zone.path / "max_energy_range_uj").value_or(0);
  // The counter behind has 32 bits: one step of it, but psys of Sapphire Rapids counts whole J.
  const double step_uj = std::max(1.0, static_cast<double>(channel.wrap) / 4294967295.0);
  channel.resolution = zone.name == "psys" && cpu.sapphire_rapids ? 1 : step_uj * kJoulesPerCount;
  channel.gain_relative = kGain;
  channel.gain_group = "rapl/" + channel.name.substr(sizeof("powercap/") - 1);
  if (channel.wrap == 0)
    channel.note =
        "max_energy_range_uj cannot be read: windows over 60 s "
        "may hide a wrap; ";
  if (cpu.amd) channel.note += "AMD models this energy: how it depends on data is not seen; ";
  if (cpu.sapphire_rapids && zone.name == "dram" && channel.wrap == kWrongDramRange) {
    channel.note += "this kernel takes 15.3 uJ for the DRAM unit of 61 uJ: 4 times too low; ";
  }
  if (!channel.note.empty()) channel.note.resize(channel.note.size() - 2);
  return channel;
}

class Powercap final : public Meter {
 public:
  void add(Channel channel, SysfsFile file) {
    channels_.push_back(std::move(channel));
    files_.push_back(std::move(file));
  }
  void add_note(const std::string& note) {
    std::string& notes = channels_.front().note;
    notes += (notes.empty() ? "" : "; ") + note;
  }
  std::span<const Channel> channels() const override { return channels_; }

  void read(std::span<Reading> readings) noexcept override {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      readings[i].error = files_[i].read(readings[i].raw);
    }
  }

 private:
  std::vector<Channel> channels_;
  std::vector<SysfsFile> files_;
};

std::string absent(const fs::path& root, const Cpu& cpu) {
  std::string reason = "powercap: /sys/class/powercap has no intel-rapl zone; ";
  if (cpu.virtual_machine) {
    return reason + "this is a virtual machine, whose host keeps the counters: measure on the host";
  }
  std::error_code ignored;
  if (!fs::exists(root / kFolder, ignored)) {
    return reason +
           "the folder is not there: a container hides it (mount "
           "/sys/devices/virtual/powercap), or the kernel lacks CONFIG_POWERCAP";
  }
  return reason + "load its driver: sudo modprobe intel_rapl_msr";
}

std::string unreadable(const Zone& zone, int error) {
  const std::string what =
      "powercap: /sys/class/powercap/" + zone.folder + "/energy_uj: " + std::strerror(error);
  if (error == EACCES || error == EPERM) {
    return what + "; make it readable until the next boot: " + kReadable;
  }
  return what + "; this machine's counter does not answer";
}

std::unique_ptr<Meter> open(const MeterSite& site, std::string& why_not) {
  const Cpu cpu = read_cpu(site.root);
  std::vector<Zone> zones = find_zones(site.root / kFolder, "intel-rapl");
  // The memory-mapped interface counts the same energy again: only where it is the only one.
  if (zones.empty()) zones = find_zones(site.root / kFolder, "intel-rapl-mmio");
  // On AMD this zone reads the register of one core alone.
  if (cpu.amd) std::erase_if(zones, [](const Zone& zone) { return zone.name == "core"; });
  std::sort(zones.begin(), zones.end(),
            [](const Zone& a, const Zone& b) { return place(a) < place(b); });
  if (zones.empty()) {
    why_not = absent(site.root, cpu);
    return nullptr;
  }
  std::vector<Zone> readable;
  std::vector<SysfsFile> files;
  std::string left_out;
  for (const Zone& zone : zones) {
    // A machine has one platform; where each socket shows it, it is the same energy again.
    if (zone.name == "psys" && !readable.empty() && readable.back().name == "psys") continue;
    SysfsFile file(zone.path / "energy_uj");
    std::uint64_t number = 0;
    if (const int error = file.read(number); error == 0) {
      readable.push_back(zone);
      files.push_back(std::move(file));
    } else if (domain_of(zone) == "package") {
      why_not = unreadable(zone, error);
      return nullptr;
    } else {
      left_out += (left_out.empty() ? "" : "; ") + unreadable(zone, error);
    }
  }
  auto meter = std::make_unique<Powercap>();
  for (std::size_t i = 0; i < readable.size(); ++i) {
    meter->add(make_channel(readable[i], readable, cpu), std::move(files[i]));
  }
  if (meter->channels().empty()) {
    why_not = left_out;
    return nullptr;
  }
  if (!left_out.empty()) meter->add_note("left out: " + left_out);
  return meter;
}

}  // namespace

namespace meter {

extern const MeterType meter_powercap{
    .name = "powercap",
    .description = "RAPL counters of packages and memory under /sys/class/powercap",
    .source = Source::measured,
    .options = {},
    .open = open,
};

}  // namespace meter
}  // namespace ergon
