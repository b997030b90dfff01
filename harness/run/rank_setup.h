#pragma once

#include <string>

#include "harness/comm/comm.h"
#include "harness/run/part_run.h"
#include "harness/run/rank_message.h"

namespace ergon {

// What a rank is told of the sweep when it begins.
struct RankSetup {
  Sweep conditions;
  std::vector<Point> sentinels;
  int threads_most = 1;
  bool share = false;
  bool anything_left = false;
};

[[nodiscard]] RankMessage setup_message(const PartSetup& setup, bool share, bool anything_left);
// Throws Error for what this build does not know.
[[nodiscard]] RankSetup read_setup(const RankMessage& message);

// Throws Error where the rank does not run the same ergon as this one; `said` begins with its
// hashes of kernels and build.
void expect_same_build(const RankPlaces& places, int rank, const RankMessage& said);

// What a rank knows of its place, as JSON for its run's provenance. `mode`: "independent",
// "loaded".
[[nodiscard]] std::string rank_facts(const RankPlaces& places, int rank, const std::string& mode,
                                     bool share);

// Why a rank opens no meter: where ranks of one node measure at once none tells which of them an
// energy is of. Empty where it may.
[[nodiscard]] std::string refusal_of_sharers(const RankPlaces& places, int rank, bool share);

}  // namespace ergon
