#pragma once

#include "harness/record/idle_baseline.h"
#include "harness/record/launch_intervals.h"
#include "harness/record/results.h"
#include "harness/units.h"

namespace ergon {

// Energy per launch of one channel over the valid windows of a record: each window is one sample.
struct LaunchEnergy {
  int windows = 0;  // that count: no fault, and a finite energy
  Joules gross;     // mean over the windows, per launch; NaN without windows
  Joules net;       // NaN where idle power is not known for every one of them
  Joules u_gross;   // standard error (k = 1) of the mean; NaN below two windows
  Joules u_net;
  Joules u_idle;     // standard uncertainty of net from idle, common to all windows
  Joules deviation;  // standard deviation of gross per launch between windows; NaN below two
  Watts power;       // gross energy of the windows over their time
};

// `channel` is an index into the channels of the record's run.
[[nodiscard]] LaunchEnergy launch_energy(const IdleBaseline& baseline, const Record& record,
                                         int channel);

// What the protocol is proven to give (ergon_protocol_proof): the mean per launch and its 95 %
// interval, gain apart, of `run.channels[channel]`, from the record's valid windows and the idle
// stretches on both sides of them. NaN without.
[[nodiscard]] LaunchIntervals record_intervals(const IdleBaseline& baseline, const Record& record,
                                               const RunInfo& run, int channel);

// Quantile 0..1 of the time samples, between neighbours by linear interpolation (type 7 of Hyndman
// & Fan 1996); NaN without samples.
[[nodiscard]] Seconds time_quantile(const Record& record, double quantile);

}  // namespace ergon
