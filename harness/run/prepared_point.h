#pragma once

#include <memory>
#include <vector>

#include "harness/record/record.h"
#include "harness/run/kernel_load.h"

namespace ergon {

// The point of `record`, bound to operands of its own and held against the reference by its first
// launch; null where this machine may not run it, where it cannot be made, and where it computes
// wrong: a point that cannot be measured is a record whose status and reason say why. Else the run
// status stays failed until it was measured.
[[nodiscard]] std::unique_ptr<KernelLoad> try_point(Record& record, Device& device);

// Fills in what an exception that is being handled makes of a record.
void fail_record(Record& record);

[[nodiscard]] Seconds median_time(std::vector<Seconds> times);

}  // namespace ergon
