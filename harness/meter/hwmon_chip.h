#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/meter/channel.h"

namespace ergon {

// One chip of /sys/class/hwmon. What it is called there, hwmon3, changes from boot to boot and is
// not used.
struct HwmonChip {
  std::string name;    // what its driver calls it: "ina3221"
  std::string device;  // where it sits: "1-0040", "0000:03:00.0"; empty where nothing says
  std::filesystem::path folder;

  // The path of an attribute, in the folder or in its device/; empty where there is none.
  [[nodiscard]] std::filesystem::path attribute(const std::string& file) const;
  // Its first line; empty where it cannot be read.
  [[nodiscard]] std::string line(const std::string& file) const;
  // Milliseconds that an attribute tells; 0 where it does not.
  [[nodiscard]] Seconds period(const std::string& file) const;
};

// A channel-to-be: the number of one file, or the product of two that are read one after the other.
struct HwmonSource {
  Channel channel;
  std::filesystem::path file;
  std::filesystem::path factor;  // empty: none
};

// Every chip, by name and device. Chips of the ina3221 driver also where only its own folder shows
// them.
[[nodiscard]] std::vector<HwmonChip> find_hwmon_chips(const std::filesystem::path& root);

// What a chip can be read for; nothing where ergon does not know its driver.
[[nodiscard]] std::vector<HwmonSource> hwmon_sources(const HwmonChip& chip,
                                                     const std::filesystem::path& root);

// The rails of the ina3221x driver of older Jetson releases, which is no hwmon driver.
[[nodiscard]] std::vector<HwmonSource> jetson_sources(const std::filesystem::path& root);

// Sets Channel::within between the sources of different chips, and makes names unique: rails within
// their board's total, cores within sockets, the CPU within Grace within the module.
void contain_hwmon_sources(std::vector<HwmonSource>& sources);

}  // namespace ergon
