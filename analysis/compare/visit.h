#pragma once

#include <string>

#include "analysis/compare/side.h"
#include "harness/record/idle_baseline.h"

namespace ergon {

// One record as one measurement of its point.
struct PointVisit {
  std::string unusable{};       // why it is none
  std::string energy_reason{};  // why it has no joules
  PerMetric<LogValue> values{};
  int windows = 0;
  double at_s = 0;  // the middle of its windows, on the clock of its run
};

// Energy is the mean of its valid windows with the interval that the protocol is proven to give
// (launch_intervals.h); time, power and the energy-delay product are of the same windows. Without
// windows that carry joules, time is that of the windows, or else of the time phase.
[[nodiscard]] PointVisit visit_of(const Record& record, const RunInfo& run, EnergyKind energy,
                                  const IdleBaseline& baseline);

}  // namespace ergon
