#pragma once

#include <cstdint>

#include "analysis/energy_table.h"
#include "analysis/sample.h"

namespace ergon {

struct FitOptions {
  std::uint64_t seed = 1;  // of the folds and the bootstrap
  int folds = 10;
  int resamples = 400;
};

// Fits device blocks from the probes, then for each key every form of time and energy; chooses one
// of each by grouped cross-validation. A pure function of its arguments.
[[nodiscard]] EnergyTable fit_table(const SampleSet& samples, const FitOptions& options = {});

}  // namespace ergon
