#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/meter/channel.h"

namespace ergon {

// Channels of which none counts what another counts: the only channels whose energies add up.
// Made by Containment::sum alone.
class ChannelSum {
 public:
  // Places in the channels that the Containment was made of.
  [[nodiscard]] std::span<const std::size_t> channels() const { return channels_; }
  // `energy` has an entry per channel of the Containment; NaN where one of the summands is NaN.
  [[nodiscard]] Joules of(std::span<const Joules> energy) const;

 private:
  friend class Containment;
  std::vector<std::size_t> channels_;
};

// What contains what among the channels of a machine, whichever meters they are of.
//
// A channel's place is its name without the meter: "perf/package-0" and "msr/package-0" are of one
// place, and so the same energy. A place is contained in what the `within` of its channels name.
// Beyond one meter's knowledge: a node contains everything, a platform all but the node; a module
// and an accelerator contain GPUs; a board's counters of CPU and memory contain RAPL's.
class Containment {
 public:
  // Throws Error where two channels have one name, where `within` names no channel, or where
  // containers go round in a ring.
  explicit Containment(std::span<const Channel> channels);

  // Whether all that `inner` counts is in `outer` too: so for two channels of one place, both ways.
  [[nodiscard]] bool contains(std::size_t outer, std::size_t inner) const;

  // Whether some energy is counted by both, a channel with itself included.
  [[nodiscard]] bool overlap(std::size_t a, std::size_t b) const;

  // Nothing, with the reason in `why_not`, where a name is unknown or stands twice, where one
  // channel contains another or counts the same, where sources are mixed, and where one is not of
  // energy or power.
  [[nodiscard]] std::optional<ChannelSum> sum(std::span<const std::string> names,
                                              std::string& why_not) const;

 private:
  [[nodiscard]] std::size_t index_of(std::string_view name) const;  // channels_.size(): none
  [[nodiscard]] std::string refusal(std::size_t a, std::size_t b) const;

  std::vector<Channel> channels_;
};

// A channel's name without its meter: "perf/package-0/dram" -> "package-0/dram".
[[nodiscard]] std::string_view channel_place(std::string_view name);

}  // namespace ergon
