#pragma once

#include <cstdint>
#include <vector>

#include "harness/meter/calibration.h"
#include "harness/meter/external_trace.h"
#include "harness/record/results.h"

namespace ergon {

// What a trace and one energy channel of a run say of the run's valid windows and idle stretches of
// `length_min` and more: what fit_gain() takes. Windows that the trace does not cover are left out.
// `trace_to_utc_ns` is added to the trace's time to give UTC: 0 where it is of the epoch and its
// clock is right, else Alignment::offset_ns of a chirp whose pulses are in UTC.
[[nodiscard]] std::vector<CalibrationWindow> calibration_windows(const Results& results, int run,
                                                                 int channel, const Trace& trace,
                                                                 std::int64_t trace_to_utc_ns,
                                                                 Seconds length_min);

}  // namespace ergon
