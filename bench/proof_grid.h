#pragma once

#include <cstdint>
#include <vector>

#include "harness/simulate/replicate.h"

namespace ergon {

// What is asked of 95 % intervals, in per cent.
inline constexpr double kCoverageLeast = 92, kCoverageMost = 98;

// One cell of the proof: a machine, a sensor and a kernel.
struct ProofCell {
  Trial trial;
  bool structured = false;  // the kernel's power is a square wave, one period a launch
  int number = 0;           // of the whole grid, from 0
};

// The grid: update period x averaging window x conditions (lag, quantum, drift, noise) x share of
// net in gross x launch time x kind of channel, a half of the last three's combinations in each;
// and loads with structure near the update period.
// `reduced`: every 37th cell, for a test of seconds.
[[nodiscard]] std::vector<ProofCell> proof_grid(bool reduced);

// What many replicates of a cell came to. Shares are of the replicates without a flag.
struct ProofTally {
  int replicates = 0, flagged = 0;
  int covered = 0;                         // truth x gain, by the interval without gain
  int covered_with_gain = 0;               // truth, by the interval with the declared gain
  double bias = 0;                         // mean of estimate / (truth x gain) - 1
  double windows = 0;                      // mean
  Seconds elapsed;                         // mean, virtual
  double half_width = 0;                   // mean, relative
  double naive_bias = 0, naive_error = 0;  // of the naive protocol: mean, and root mean square

  [[nodiscard]] int unflagged() const { return replicates - flagged; }
  // In per cent; NaN where every replicate is flagged.
  [[nodiscard]] double coverage() const;
  [[nodiscard]] double coverage_with_gain() const;
  // Half of the replicates or more are flagged: their records say that fewer windows than wanted
  // count, and why.
  [[nodiscard]] bool is_flagged() const { return 2 * flagged >= replicates; }
  // Both coverages within 92..98 % and bias below 1 %. Of a flagged cell what is left without a
  // flag must not miss either: too few to be held to 92 % exactly, they may fall short by three
  // standard deviations of their number.
  [[nodiscard]] bool holds() const;
};

[[nodiscard]] ProofTally prove(const ProofCell& cell, const Protocol& protocol, int replicates,
                               std::uint64_t seed);

}  // namespace ergon
