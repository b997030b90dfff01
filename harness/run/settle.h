#pragma once

#include "harness/config/protocol.h"
#include "harness/run/running_load.h"

namespace ergon {

// Runs the load until its launch time is flat: three stretches in a row within 1 %; and as long as
// the sensor still remembers what was before.
void settle(RunningLoad& running, const Rig& rig, const Protocol& protocol,
            std::int64_t deadline_ns);

}  // namespace ergon
