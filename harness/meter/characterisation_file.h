#pragma once

#include <compare>
#include <filesystem>
#include <map>
#include <string>

#include "harness/meter/characterise.h"

namespace ergon {

// What a characterisation holds for: one channel of one device, read through one driver.
struct ChannelIdentity {
  std::string device;  // "Intel Xeon 8480+, PowerEdge R760, node07"; of a GPU its UUID
  std::string driver;  // the kernel's release; of a GPU its driver's version
  std::string channel;
  auto operator<=>(const ChannelIdentity&) const = default;
};

// From /proc, /sys and the channel's name; parts that `root` does not have are left out.
[[nodiscard]] ChannelIdentity identify_channel(const Channel& channel,
                                               const std::filesystem::path& root);

struct KeptCharacterisation {
  std::string date;  // ISO 8601, UTC
  Characterisation found;
};
using Characterisations = std::map<ChannelIdentity, KeptCharacterisation>;

// $ERGON_CHARACTERISATIONS, or characterisations.json in $XDG_STATE_HOME/ergon or
// ~/.local/state/ergon; empty where there is no home.
[[nodiscard]] std::filesystem::path characterisations_path();
// None where there is no such file; Error where it is not ours, or broken.
[[nodiscard]] Characterisations read_characterisations(const std::filesystem::path& json);
// Whole or not at all; makes the folder. Throws Error.
void write_characterisations(const std::filesystem::path& json,
                             const Characterisations& characterisations);

}  // namespace ergon
