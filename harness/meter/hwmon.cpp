#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "harness/meter/hwmon_chip.h"
#include "harness/meter/meter.h"
#include "harness/meter/sysfs.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

class Hwmon final : public Meter {
 public:
  struct Files {
    SysfsFile file;
    std::optional<SysfsFile> factor;
  };

  void add(Channel channel, Files files) {
    channels_.push_back(std::move(channel));
    files_.push_back(std::move(files));
  }
  void add_note(const std::string& note) {
    std::string& notes = channels_.front().note;
    notes += (notes.empty() ? "" : "; ") + note;
  }
  std::span<const Channel> channels() const override { return channels_; }

  void read(std::span<Reading> readings) noexcept override {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      readings[i].error = read_one(files_[i], readings[i].raw);
    }
  }

  // A negative number, as of a current that flows back, is an error: it is no power taken.
  static int read_one(const Files& files, std::uint64_t& raw) noexcept {
    std::uint64_t number = 0, factor = 1;
    int error = files.file.read(number);
    if (error == 0 && files.factor) error = files.factor->read(factor);
    if (error == 0 && __builtin_mul_overflow(number, factor, &raw)) error = ERANGE;
    return error;
  }

 private:
  std::vector<Channel> channels_;
  std::vector<Files> files_;
};

std::string absent(const std::vector<HwmonChip>& chips) {
  if (chips.empty()) return "hwmon: /sys/class/hwmon has no sensor: this machine offers none";
  std::string names;
  for (const HwmonChip& chip : chips) {
    if (names.find(chip.name) == std::string::npos)
      names += (names.empty() ? "" : ", ") + chip.name;
  }
  return "hwmon: no sensor that measures power or energy among " + names +
         "; load the board's driver, as amd_energy, ina3221 or acpi_power_meter (on Grace with the "
         "kernel parameter acpi_power_meter.force_cap_on=y)";
}

// "sys/class/..." of the machine itself, without the root of a made tree.
std::string shown(const fs::path& root, const fs::path& file) {
  std::error_code ignored;
  const std::string relative = fs::relative(file, fs::canonical(root, ignored), ignored);
  return relative.empty() ? file.string() : "/" + relative;
}

std::string unreadable(const std::string& file, const std::string& channel, int error) {
  const std::string what = channel + ": " + file + ": " + std::strerror(error);
  const bool permission = error == EACCES || error == EPERM;
  return permission ? what + "; make it readable until the next boot: sudo chmod a+r " + file
                    : what;
}

std::unique_ptr<Meter> open(const MeterSite& site, std::string& why_not) {
  const std::vector<HwmonChip> chips = find_hwmon_chips(site.root);
  std::vector<HwmonSource> sources = jetson_sources(site.root);
  for (const HwmonChip& chip : chips) {
    const auto of_chip = hwmon_sources(chip, site.root);
    sources.insert(sources.end(), of_chip.begin(), of_chip.end());
  }
  if (sources.empty()) {
    why_not = absent(chips);
    return nullptr;
  }
  std::string left_out;
  std::vector<HwmonSource> readable;
  std::vector<Hwmon::Files> opened;
  for (const HwmonSource& source : sources) {
    Hwmon::Files files{SysfsFile(source.file), std::nullopt};
    if (!source.factor.empty()) files.factor.emplace(source.factor);
    std::uint64_t raw = 0;
    if (const int error = Hwmon::read_one(files, raw); error != 0) {
      left_out += (left_out.empty() ? "" : "; ") +
                  unreadable(shown(site.root, source.file), source.channel.name, error);
      continue;
    }
    readable.push_back(source);
    opened.push_back(std::move(files));
  }
  if (readable.empty()) {
    why_not = "hwmon: " + left_out;
    return nullptr;
  }
  contain_hwmon_sources(readable);
  auto meter = std::make_unique<Hwmon>();
  for (std::size_t i = 0; i < readable.size(); ++i) {
    meter->add(std::move(readable[i].channel), std::move(opened[i]));
  }
  if (!left_out.empty()) meter->add_note("left out: " + left_out);
  return meter;
}

}  // namespace

namespace meter {

extern const MeterType meter_hwmon{
    .name = "hwmon",
    .description =
        "energy and power sensors of the board: AMD sockets, INA monitors, ACPI power "
        "meters, AMD GPUs",
    .source = Source::measured,
    .options = {},
    .open = open,
};

}  // namespace meter
}  // namespace ergon
