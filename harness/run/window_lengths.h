#pragma once

#include "harness/config/protocol.h"
#include "harness/meter/sampler.h"

namespace ergon {

// How long the windows of a point are, by how many valid ones there are already. The protocol's
// length is window_min, or window_updates_min updates of the primary channel where that is longer.
// Where the protocol asks for three lengths, launches shorter than an update period (or a
// millisecond, between looks at the sampler) are measured in windows of that length, of half and of
// twice it, in turn, so that energy against launches shows a slope and an intercept
// (launch_slope.h). The first five windows together last as long as five of one length.
class WindowLengths {
 public:
  WindowLengths(const Protocol& protocol, const Sampler& sampler, Seconds per_launch);
  [[nodiscard]] Seconds length(int windows_valid) const;
  // Updates within a window of that length end less half a one before: fewer are a fault.
  [[nodiscard]] Seconds length_min(int windows_valid) const;

 private:
  [[nodiscard]] double factor(int windows_valid) const;

  Seconds period_, updates_, length_;
  bool three_;
};

}  // namespace ergon
