#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "harness/meter/meter.h"
#include "harness/units.h"

namespace ergon {

// What an external meter says of a channel's gain. The joules that the source itself counts, times
// `gain`, are the external meter's.
struct Gain {
  double gain = 1;
  double u_statistical = 0;  // standard error of the regression
  double u_external = 0;     // of the external meter's own gain, as its maker states it; k = 1
  Watts rest;                // what the external meter saw beside the channel's domain
  int windows = 0;
  std::string date;                     // ISO 8601
  std::string source;                   // the trace, and what the load was
  [[nodiscard]] double u_gain() const;  // both parts
};

// One window that both meters saw.
struct CalibrationWindow {
  Joules external, channel;
  Seconds time;
};

// What the external meter counts: just the channel's domain, or more (a wall meter has the rest of
// the node and the losses of the power supply in it).
enum class Boundary : std::uint8_t { same, wider };

// Least squares of external = gain x channel + rest x time; rest is 0 where the boundary is the
// same. A power supply whose efficiency falls with load is in the gain: the source should say what
// was metered. Throws Error where there are fewer than 5 windows, one of them has no joules, or
// gain and rest cannot be told apart because all windows have the same power within 10 %.
// Fills gain, u_statistical, rest and windows.
[[nodiscard]] Gain fit_gain(std::span<const CalibrationWindow> windows, Boundary boundary);

// Gains by device: the channel's gain_group.
using Calibrations = std::map<std::string, Gain>;

// $ERGON_CALIBRATIONS, or calibrations.json in $XDG_DATA_HOME/ergon or ~/.local/share/ergon.
[[nodiscard]] std::filesystem::path calibrations_path();
// None where there is no such file; Error where it is not ours, or broken.
[[nodiscard]] Calibrations read_calibrations(const std::filesystem::path& json);
// Whole or not at all; makes the folder. Throws Error.
void write_calibrations(const std::filesystem::path& json, const Calibrations& calibrations);

// Keeps a gain fitted to a channel's joules, which hold channel.gain already, by the channel's
// group; for a sum of packages by each package's, which are taken to be alike.
void keep_gain(Calibrations& calibrations, const Channel& channel, Gain gain);

// Puts the gain of the channel's group, where there is one, into its scale, resolution, gain, gain
// uncertainty and note; true where it did. Raw readings stay what they were. Once per channel: a
// channel read back from a file has it already.
bool apply_gain(Channel& channel, const Calibrations& calibrations);

// The same meter, its measuring channels calibrated, and their gain groups those of this device
// among all others ("Xeon 8480+, PowerEdge R760, node07: rapl/package-0"; a GPU's has its UUID):
// two machines never share a gain, nor a calibration, by having channels of one name.
[[nodiscard]] std::unique_ptr<Meter> calibrated(std::unique_ptr<Meter> meter,
                                                const Calibrations& calibrations,
                                                const std::filesystem::path& root);

}  // namespace ergon
