#pragma once

#include <span>
#include <vector>

#include "harness/meter/sampler.h"
#include "harness/record/record.h"

namespace ergon {

// What the energy and power channels say between two edges. Gross is NaN for a channel that failed,
// went back or stood still between them.
[[nodiscard]] std::vector<ChannelEnergy> energy_between(std::span<const Channel> channels,
                                                        int primary, const Edge& begin,
                                                        const Edge& end);

// What the other channels showed between two edges that follow each other, `end` the second.
[[nodiscard]] std::vector<ChannelState> states_between(std::span<const Channel> channels,
                                                       const Edge& end);

// The faults of a channel that spoil what lies between two edges; 0 where `channel` is -1.
[[nodiscard]] std::uint32_t faults_between(std::span<const Channel> channels, int channel,
                                           const Edge& begin, const Edge& end);

}  // namespace ergon
