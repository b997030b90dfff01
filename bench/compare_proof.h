#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "analysis/compare/compare.h"
#include "harness/record/results.h"

namespace ergon {

// What is compared: two result files of simulated machines, which the code that measures real ones
// has measured in virtual time.
struct CompareCase {
  std::string_view name{};
  double difference = 0;     // of the second build's power; 0: equal
  bool two_devices = false;  // sensors of independent gain
  int runs = 1;              // of each side, in turn
};
[[nodiscard]] const std::array<CompareCase, 6>& compare_cases();

// How the machines vary and what they are measured by; relative standard deviations.
struct CompareWorld {
  int shapes = 30;
  int windows = 5;            // of a point
  double run_to_run = 0.003;  // of energy, common to a run: 0.8 of it is power's, 0.6 time's
  double visit = 0.002;       // of the power of one visit of a point
  double noise = 0.01;        // of one update of the sensor
  double gain = 0.05;         // of a sensor, as its files say
  int sentinels = 2;          // points that are visited again around every block
};

// One side: `runs` runs of a build that draws `power` times as much.
struct CompareSideSetup {
  std::string_view device{};
  double power = 1;
  double gain = 1;  // sensor over truth
  std::uint64_t seed = 0;
  int first_run = 0;  // place of its runs in time, which go in turn with the other's
};
[[nodiscard]] Results simulate_side(const CompareWorld& world, const CompareSideSetup& setup,
                                    int runs);

// What one seed of a case came to.
struct CompareOutcome {
  Verdict energy = Verdict::same;  // of the geometric mean
  int shapes_told = 0;             // whose energy is told lower or higher
  int shapes_gain = 0;             // whose energy is within gain
  // Any verdict of any metric, shape or mean, that is wrong: told where there is no difference, or
  // in the wrong direction.
  bool false_verdict = false;
};
[[nodiscard]] CompareOutcome prove_comparison(const CompareCase& setup, const CompareWorld& world,
                                              std::uint64_t seed);

// What is asked of each case, in per cent of the seeds.
struct CompareTally {
  int seeds = 0, told = 0, within_gain = 0, false_verdicts = 0;
  double shapes_told = 0;  // mean share
  [[nodiscard]] bool holds(const CompareCase& setup) const;
};
[[nodiscard]] CompareTally prove_comparisons(const CompareCase& setup, const CompareWorld& world,
                                             std::uint64_t seed, int seeds);

}  // namespace ergon
