#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <utility>

#include "harness/submit/attempt.h"
#include "harness/submit/intents.h"

namespace ergon {

// What schedulers' accountings have of the energy of attempts, by shard and attempt. The accounting
// knows the last run of a task only, and so does this. One query of each scheduler that was handed
// jobs; empty where none has energies.
using StepEnergies = std::map<std::pair<int, int>, Joules>;
[[nodiscard]] StepEnergies step_energies(const Intents& intents, std::span<const Attempt> attempts);

// A run's own count of its node against the accounting's.
struct StepCheck {
  std::int64_t runs = 0;  // of which the accounting has energies
  // Of those that metered their whole node: the accounting's energy over their own, which lacks
  // the first and last moments of the step.
  std::int64_t compared = 0;
  double ratio_least = 0, ratio_most = 0;
  // Takes the runs of one shard's result file.
  void add(const std::filesystem::path& hdf5, Joules accounted);
};

}  // namespace ergon
