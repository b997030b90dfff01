#include "harness/meter/hwmon_chip.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "harness/meter/sysfs.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

constexpr double kMicro = 1e-6;
// Shunts and dividers of boards are good for a few percent; no driver tells how good.
constexpr double kGain = 0.05;
// More attributes of one kind than any driver has: EPYC has 2 x 128 cores.
constexpr int kAttributesMax = 1024;

Channel make_channel(const std::string& place, const std::string& domain) {
  Channel channel;
  channel.name = "hwmon/" + place;
  channel.domain = domain;
  channel.scale = kMicro;
  channel.resolution = kMicro;
  channel.gain_relative = kGain;
  channel.gain_group = channel.name;
  return channel;
}

Channel power_channel(const std::string& place, const std::string& domain, Seconds period) {
  Channel channel = make_channel(place, domain);
  channel.measure = Measure::power;
  channel.update_period = period;
  if (period.value <= 0) channel.note = "its driver does not tell how often it updates";
  return channel;
}

std::string place_of(const HwmonChip& chip, const std::string& part) {
  return chip.name + (chip.device.empty() ? "" : "/" + chip.device) + "/" + part;
}

std::string numbered(const char* kind, int number, const char* suffix) {
  return kind + std::to_string(number) + suffix;
}

// "Ecore012" with the prefix "Ecore" -> 12.
std::optional<int> number_after(const std::string& label, std::string_view prefix) {
  int number = 0;
  if (!label.starts_with(prefix)) return std::nullopt;
  const char* const end = label.data() + label.size();
  const auto parsed = std::from_chars(label.data() + prefix.size(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end ? std::optional(number) : std::nullopt;
}

// amd_energy and its successor zenergy number cores as Linux does their first threads.
std::optional<int> package_of(const fs::path& root, int core) {
  const auto package = read_number(root / ("sys/devices/system/cpu/cpu" + std::to_string(core)) /
                                   "topology/physical_package_id");
  return package ? std::optional(static_cast<int>(*package)) : std::nullopt;
}

std::vector<HwmonSource> amd_energy(const HwmonChip& chip, const fs::path& root) {
  std::vector<HwmonSource> sockets, cores;
  for (int i = 1; i <= kAttributesMax; ++i) {
    const fs::path file = chip.attribute(numbered("energy", i, "_input"));
    if (file.empty()) continue;
    const std::string label = chip.line(numbered("energy", i, "_label"));
    if (const auto socket = number_after(label, "Esocket")) {
      const std::string place = "package-" + std::to_string(*socket);
      sockets.push_back({make_channel(place, "package"), file, {}});
      sockets.back().channel.gain_group = "rapl/" + place;
    } else if (const auto core = number_after(label, "Ecore")) {
      const auto package = package_of(root, *core);
      if (!package) continue;  // of which socket, nobody knows: it could be counted twice
      const std::string socket_place = "package-" + std::to_string(*package);
      const std::string place = socket_place + "/core-" + std::to_string(*core);
      cores.push_back({make_channel(place, "core"), file, {}});
      cores.back().channel.within = "hwmon/" + socket_place;
    }
  }
  sockets.insert(sockets.end(), cores.begin(), cores.end());
  for (HwmonSource& source : sockets) {
    source.channel.update_period = Seconds{0.001};  // kernel documentation of amd_energy
    source.channel.resolution = 0x1p-16;            // its register's step
    source.channel.note = "AMD models this energy: how it depends on data is not seen";
  }
  return sockets;
}

// Where a driver has no power file, volts (mV) times amperes (mA) are microwatts: one sample.
std::vector<HwmonSource> volts_times_amperes(const HwmonChip& chip, int channels) {
  std::vector<HwmonSource> sources;
  for (int i = 1; i <= channels; ++i) {
    const fs::path volts = chip.attribute(numbered("in", i, "_input"));
    const fs::path amperes = chip.attribute(numbered("curr", i, "_input"));
    if (volts.empty() || amperes.empty()) continue;
    const std::string label = chip.line(numbered("in", i, "_label"));
    // A channel of the driver's own that adds shunt voltages: no rail.
    if (label.starts_with("sum of")) continue;
    const std::string rail = label.empty() ? numbered("in", i, "") : label;
    sources.push_back({power_channel(place_of(chip, rail), "rail", chip.period("update_interval")),
                       volts, amperes});
  }
  return sources;
}

// in4 to in6 are shunt voltages, in7 and curr4 sums over channels.
std::vector<HwmonSource> ina3221(const HwmonChip& chip, const fs::path&) {
  return volts_times_amperes(chip, 3);
}

std::vector<HwmonSource> ina2xx(const HwmonChip& chip, const fs::path&) {
  const fs::path power = chip.attribute("power1_input");
  if (power.empty()) return volts_times_amperes(chip, 1);
  const std::string label = chip.line("in1_label");
  const std::string place = place_of(chip, label.empty() ? "in1" : label);
  return {{power_channel(place, "rail", chip.period("update_interval")), power, {}}};
}

// Grace tells what each of its power meters covers; other firmware leaves it open.
std::vector<HwmonSource> power_meter(const HwmonChip& chip, const fs::path&) {
  const fs::path power = chip.attribute("power1_average");
  if (power.empty()) return {};
  const Seconds period = chip.period("power1_average_interval");
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kDomains = {
      {{"Module Power Socket ", "module"},
       {"Grace Power Socket ", "grace"},
       {"CPU Power Socket ", "core"},
       {"SysIO Power Socket ", "sysio"}}};
  const std::string info = chip.line("power1_oem_info");
  for (const auto& [prefix, domain] : kDomains) {
    const auto socket = number_after(info, prefix);
    if (!socket) continue;
    const std::string place = std::string(domain) + "-" + std::to_string(*socket);
    Channel channel = power_channel(place, std::string(domain), period);
    channel.note = "GH200's has been seen to look a tenth of the time: windows of 10 s and more";
    return {{channel, power, {}}};
  }
  Channel channel = power_channel(place_of(chip, "power1"), "supply", period);
  channel.note = "covers what the firmware says it does, which need not be the whole node";
  return {{channel, power, {}}};
}

std::vector<HwmonSource> amdgpu(const HwmonChip& chip, const fs::path&) {
  // An average says more of the time between two reads than a momentary value does.
  fs::path power = chip.attribute("power1_average");
  if (power.empty()) power = chip.attribute("power1_input");
  if (power.empty()) return {};
  Channel channel = power_channel(place_of(chip, "power1"), "gpu", chip.period("update_interval"));
  channel.note += "; of an APU it covers the whole socket, CPU cores and all";
  return {{channel, power, {}}};
}

// ARM's System Control Processor: the labels tell what is what (Juno: SYS, A72, A53, GPU).
std::vector<HwmonSource> scmi(const HwmonChip& chip, const fs::path&) {
  std::vector<HwmonSource> sources;
  std::set<std::string> with_energy;
  for (const Measure measure : {Measure::energy, Measure::power}) {
    const char* const kind = measure == Measure::energy ? "energy" : "power";
    for (int i = 1; i <= 32; ++i) {
      const fs::path file = chip.attribute(numbered(kind, i, "_input"));
      if (file.empty()) continue;
      std::string label = chip.line(numbered(kind, i, "_label"));
      if (label.empty()) label = numbered(kind, i, "");
      if (measure == Measure::energy) with_energy.insert(label);
      if (measure == Measure::power && with_energy.contains(label)) continue;
      Channel channel = power_channel(place_of(chip, label), "rail", Seconds{0});
      channel.measure = measure;
      sources.push_back({channel, file, {}});
    }
  }
  return sources;
}

struct Driver {
  std::string_view name;
  std::vector<HwmonSource> (*sources)(const HwmonChip& chip, const fs::path& root);
};
constexpr Driver kDrivers[] = {
    {"amd_energy", amd_energy},   {"zenergy", amd_energy}, {"ina3221", ina3221},
    {"ina219", ina2xx},           {"ina220", ina2xx},      {"ina226", ina2xx},
    {"ina230", ina2xx},           {"ina231", ina2xx},      {"ina260", ina2xx},
    {"power_meter", power_meter}, {"amdgpu", amdgpu},      {"scmi_sensors", scmi},
    {"scpi_sensors", scmi},
};

// The device's own name: the last part of where the link leads.
std::string device_of(const fs::path& folder) {
  std::error_code failure;
  const fs::path device = fs::canonical(folder / "device", failure);
  return failure || device.filename() == "device" ? "" : device.filename().string();
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool is_board_total(const Channel& channel) {
  const std::string rail = channel.name.substr(channel.name.rfind('/') + 1);
  // Jetson: the module's supply, which feeds every other rail that its monitors watch.
  return channel.domain == "rail" && (rail == "VDD_IN" || rail == "POM_5V_IN");
}

bool exists(const std::vector<HwmonSource>& sources, const std::string& name) {
  return std::any_of(sources.begin(), sources.end(),
                     [&](const HwmonSource& source) { return source.channel.name == name; });
}

// "hwmon/core-0": within hwmon/grace-0, or where that is missing within hwmon/module-0.
void contain_grace(const std::vector<HwmonSource>& sources, Channel& channel) {
  const std::string socket = channel.name.substr(channel.name.rfind('-') + 1);
  const bool part = channel.name.starts_with("hwmon/core-") || channel.domain == "sysio";
  if (part && exists(sources, "hwmon/grace-" + socket)) {
    channel.within = "hwmon/grace-" + socket;
  } else if ((part || channel.domain == "grace") && exists(sources, "hwmon/module-" + socket)) {
    channel.within = "hwmon/module-" + socket;
  }
}

void make_names_unique(std::vector<HwmonSource>& sources) {
  std::map<std::string, int> seen;
  for (HwmonSource& source : sources) {
    const int count = ++seen[source.channel.name];
    if (count == 1) continue;
    source.channel.name += "#" + std::to_string(count);
    source.channel.gain_group = source.channel.name;
    source.channel.note += (source.channel.note.empty() ? "" : "; ") +
                           std::string("nothing tells it from its like but their order");
  }
}

}  // namespace

fs::path HwmonChip::attribute(const std::string& file) const {
  std::error_code ignored;
  for (const fs::path& path : {folder / file, folder / "device" / file}) {
    if (fs::exists(path, ignored)) return path;
  }
  return {};
}

std::string HwmonChip::line(const std::string& file) const {
  const fs::path path = attribute(file);
  return path.empty() ? "" : read_line(path).value_or("");
}

Seconds HwmonChip::period(const std::string& file) const {
  const fs::path path = attribute(file);
  const auto milliseconds = path.empty() ? std::nullopt : read_number(path);
  return Seconds{static_cast<double>(milliseconds.value_or(0)) * 1e-3};
}

std::vector<HwmonChip> find_hwmon_chips(const fs::path& root) {
  std::vector<fs::path> folders = entries(root / "sys/class/hwmon");
  for (const fs::path& chip : entries(root / "sys/bus/i2c/drivers/ina3221")) {
    for (const fs::path& folder : entries(chip / "hwmon")) folders.push_back(folder);
  }
  std::vector<HwmonChip> chips;
  std::set<fs::path> seen;
  for (const fs::path& folder : folders) {
    std::error_code failure;
    const fs::path real = fs::canonical(folder, failure);
    if (failure || !seen.insert(real).second) continue;
    HwmonChip chip{"", device_of(real), real};
    chip.name = chip.line("name");
    if (!chip.name.empty()) chips.push_back(chip);
  }
  std::stable_sort(chips.begin(), chips.end(), [](const HwmonChip& a, const HwmonChip& b) {
    return std::pair(a.name, a.device) < std::pair(b.name, b.device);
  });
  return chips;
}

std::vector<HwmonSource> hwmon_sources(const HwmonChip& chip, const fs::path& root) {
  for (const Driver& driver : kDrivers) {
    if (driver.name == chip.name) return driver.sources(chip, root);
  }
  return {};
}

std::vector<HwmonSource> jetson_sources(const fs::path& root) {
  std::vector<HwmonSource> sources;
  for (const fs::path& device : entries(root / "sys/bus/i2c/drivers/ina3221x")) {
    for (const fs::path& folder : entries(device)) {
      if (!folder.filename().string().starts_with("iio:device")) continue;
      for (int rail = 0; rail < 3; ++rail) {
        const auto name = read_line(folder / ("rail_name_" + std::to_string(rail)));
        const fs::path power = folder / numbered("in_power", rail, "_input");
        std::error_code ignored;
        if (!name || !fs::exists(power, ignored)) continue;
        const std::string place = "ina3221x/" + device.filename().string() + "/" + *name;
        Channel channel = power_channel(place, "rail", Seconds{0});
        channel.scale = channel.resolution = 1e-3;  // mW
        sources.push_back({channel, power, {}});
      }
    }
  }
  return sources;
}

void contain_hwmon_sources(std::vector<HwmonSource>& sources) {
  make_names_unique(sources);
  const auto total = std::find_if(sources.begin(), sources.end(), [](const HwmonSource& source) {
    return is_board_total(source.channel);
  });
  for (HwmonSource& source : sources) {
    Channel& channel = source.channel;
    if (channel.domain == "core" && !exists(sources, channel.within)) channel.within.clear();
    contain_grace(sources, channel);
    const bool jetson = channel.name.starts_with("hwmon/ina3221");
    if (total == sources.end() || !jetson || channel.domain != "rail") continue;
    if (&source == &*total) continue;
    channel.within = total->channel.name;
  }
  if (total != sources.end()) total->channel.domain = "board";
}

}  // namespace ergon
