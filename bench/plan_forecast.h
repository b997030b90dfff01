#pragma once

#include <cstdint>
#include <string>

#include "harness/config/sweep.h"

namespace ergon {

// Prints what a sweep's points would come to on the sensor that meters them, by simulating the
// protocol at a few launch times: half-width of the 95 % interval, windows, time of a point and of
// all `points`. The sensor is `meter_model`: "period_s=0.1,window_s=0.025,...", or the name of a
// channel that was characterised; where empty, the primary channel of the meters that open here.
// Throws Error where the model or the name is wrong.
void print_forecast(const Sweep& sweep, std::int64_t points, const std::string& meter_model);

}  // namespace ergon
