#pragma once

#include <span>
#include <vector>

#include "harness/meter/channel.h"
#include "harness/record/record.h"

namespace ergon {

// Marks the windows of a point in which the clock of the device left +-2 % of its median over the
// point's windows with kClockDrift; decided once, when all windows are there, so that the ones
// that came first are judged like the rest. A point of fewer than three windows with a clock is
// not judged.
//
// The clock is the CPU's where `cpu_frequency_is_mean` and the primary channel is no GPU's; of a
// GPU, its SM clock, from the channel beside the primary one. `primary`: index into the channels;
// -1: none.
void mark_clock_drift(std::span<Window> windows, std::span<const Channel> channels, int primary,
                      bool cpu_frequency_is_mean);

}  // namespace ergon
