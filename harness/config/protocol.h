#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/units.h"

namespace ergon {

struct Yaml;

// How one point is measured; the same for every point of a sweep.
struct Protocol {
  std::string preset;      // the name it started from: "fixed-power", "fixed-frequency", "quick"
  Seconds window_min;      // a window lasts at least this, and window_updates_min meter periods
  int window_updates_min;  // updates of the primary channel within a window
  int windows_min;         // valid windows before the stopping rule may stop
  int windows_max;
  double half_width_max;  // stop when the 95 % interval of J per launch, gain apart, is this narrow
  Seconds settle_max;     // at most this before the first window, until what is watched is flat
  Seconds idle;           // length of each idle stretch that brackets a block
  Seconds block_max;      // a block of points between two idle stretches lasts about this
  int time_samples_min;   // per-launch samples in the time phase
  Seconds time_max;       // the time phase stops here where the samples are slow to come
  Seconds point_max;      // budget of one point; reaching it is a reason bit, not a failure
  Seconds settle_min = {};  // flat means by 0.5 % / s over 3 s, or as much over this long
  int window_lengths = 1;   // 3: short launches are measured in windows of three lengths
  int replicates = 1;       // passes over the plan, each in an order of its own
  int sentinels = 0;        // points that are measured again around every block, to see drift
  bool operator==(const Protocol&) const = default;
};

// fixed-power: the clocks move as the machine's own power limit lets them, as users run it; what
// table makers want. fixed-frequency: the same windows on a machine whose clocks the user has
// locked before the sweep, for comparing kernels; ergon does not lock clocks, it records them.
// quick: short windows and a wider interval, so that some 60 points take two minutes.
[[nodiscard]] std::span<const Protocol> protocol_presets();
[[nodiscard]] std::optional<Protocol> protocol_preset(std::string_view name);

// Canonical "p1:block_max_us=...,..." of every field, sorted by name (durations in integer
// microseconds, the half-width in parts per million), and its SHA-256: records of two protocols do
// not mix silently.
[[nodiscard]] std::string protocol_key(const Protocol&);
[[nodiscard]] std::string protocol_hash(const Protocol&);

// What half_width_max is in a key; fixed-power's where the text is none.
[[nodiscard]] double half_width_of_key(std::string_view protocol_key);

// The same protocol with a budget for a meter as slow as this: point_max holds the time phase, the
// settling and twice the least number of windows.
[[nodiscard]] Protocol with_time_for(Protocol protocol, Seconds update_period);

// The option of a meter that a protocol sets where the sweep does not. fixed-frequency allows no
// power cap in a window (nvml's reasons_allowed_mask 275: 279 without SwPowerCap), for it moves the
// clocks.
struct ProtocolOption {
  std::string_view meter, option;
  double value;
};
[[nodiscard]] std::span<const ProtocolOption> meter_options(const Protocol&);

// Reads "quick", or "{preset: quick, windows_max: 8, window_min_s: 0.2}": a preset, and the fields
// that differ from it, each named with its unit. Throws Error with the place of what is wrong.
[[nodiscard]] Protocol read_protocol(const Yaml& node);

}  // namespace ergon
