#pragma once

#include <cstdint>

#include "harness/config/protocol.h"
#include "harness/record/record.h"
#include "harness/run/running_load.h"

namespace ergon {

// Runs the load until what is watched is flat, settle_max or the deadline at most: launch time, the
// CPUs' clock where the watch knows its mean, the power of the primary channel, and every clock and
// temperature among the channels. Looks at them
// in stretches of settle_min / 6, or a meter update. Flat is a straight line through a quantity
// over the last settle_min, and over the last half of the time where that is longer, that rises or
// falls by less than 0.5 % of it a second (over a settle_min of 3 s; as much in all over another);
// or by no more than two standard errors of the slope, where noise is all there is to see. Before
// that it runs until the sensor has forgotten what was before.
[[nodiscard]] Settling settle(RunningLoad& running, const Rig& rig, const Protocol& protocol,
                              std::int64_t deadline_ns);

}  // namespace ergon
