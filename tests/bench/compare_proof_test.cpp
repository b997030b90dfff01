#include "bench/compare_proof.h"

#include <gtest/gtest.h>

namespace ergon {

// As `ergon_compare_proof` prints for many seeds and cases; here a few seeds of the first four.
TEST(CompareProof, TellsBuildsApartAndLeavesDevicesToTheirSensors) {
  const CompareWorld world;
  int told = 0, within_gain = 0, false_verdicts = 0;
  constexpr int kSeeds = 8;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    for (std::size_t c = 0; c < 4; ++c) {
      const CompareCase& setup = compare_cases()[c];
      const CompareOutcome outcome = prove_comparison(setup, world, seed);
      if (!setup.two_devices && setup.difference > 0) {
        told += outcome.energy == Verdict::higher ? 1 : 0;
      }
      if (setup.two_devices) within_gain += outcome.energy == Verdict::within_gain ? 1 : 0;
      false_verdicts += outcome.false_verdict ? 1 : 0;
    }
  }
  EXPECT_GE(told, kSeeds - 1);
  EXPECT_GE(within_gain, 2 * kSeeds - 1);
  EXPECT_LE(false_verdicts, 1);
}

}  // namespace ergon
