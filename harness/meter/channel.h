#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/units.h"

namespace ergon {

// What a channel's number is: energy since some zero, power at the moment, and what stands beside:
// duration counts up (time spent throttled), flags are bits that the channel's note names.
enum class Measure : std::uint8_t { energy, power, temperature, frequency, duration, flags };

// Where a number comes from. They never mix in a fit or a comparison.
enum class Source : std::uint8_t { measured, estimated, simulated, imported };

[[nodiscard]] std::string_view measure_name(Measure);
[[nodiscard]] std::string_view source_name(Source);

// One number a meter gives, and what part of the machine it covers.
struct Channel {
  std::string name;    // "powercap/package-0", "nvml/gpu-0"; unique on a machine
  std::string domain;  // "package", "dram", "gpu", "node", "process"
  std::string within;  // name of the channel that already counts this energy, or empty
  Measure measure = Measure::energy;
  Source source = Source::measured;
  double scale = 1;          // J, W, K, Hz or s per count; temperatures are in degrees Celsius
  Seconds update_period;     // the source's own; 0 where every read is a new number
  Seconds averaging_window;  // each number is the mean power of this long; 0: not known
  Seconds lag;               // and ends this long before the number comes; 0: not known
  std::uint64_t wrap = 0;    // counts at which it starts again at zero; 0: never
  double resolution = 0;     // smallest step, in J, W, K, Hz or s
  double gain = 1;           // that `ergon calibrate` found, and that is in scale already
  double gain_relative = 0;  // standard uncertainty (k = 1) of its gain
  std::string gain_group;    // channels of one group share one unknown gain
  std::string note;          // what the reader must know: the documented power model, a trap
};

}  // namespace ergon
