#pragma once

#include "harness/meter/external_align.h"
#include "harness/meter/external_trace.h"
#include "harness/record/results.h"

namespace ergon {

// Adds a trace to a run of `results` as one more channel, of source `imported`: energy for every
// window and idle stretch that the trace covers, NaN for the others. Records that had no energy
// become `imported` with this as their primary channel; others keep their status. `alignment`
// places the trace on the run's clock; null: the trace's own time, which then must be of the epoch.
// `gain_relative`: standard uncertainty (k = 1) of the external meter's gain. Throws Error where
// the trace covers no window at all or cannot be placed.
void import_trace(Results& results, int run, const Trace& trace, const Alignment* alignment,
                  double gain_relative);

}  // namespace ergon
