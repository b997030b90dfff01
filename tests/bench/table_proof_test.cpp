#include "bench/table_proof.h"

#include <gtest/gtest.h>

namespace ergon {

// As `ergon_table_proof` prints for many seeds; fewer fresh shapes here, so wider bounds of the
// coverage: it scatters by 2 %.
TEST(TableProof, PredictsFreshShapesOfAMachineWhoseInefficiencyItIsNotTold) {
  const TableProof proof = prove_table(2, 300, 400);
  EXPECT_LE(proof.error_inside, 0.03);
  EXPECT_GE(proof.error_flops, 0.15);
  EXPECT_LE(proof.flagged_inside, 0.05);
  EXPECT_GE(proof.flagged_outside, 0.95);
  EXPECT_GE(proof.coverage, 0.86);
  EXPECT_LE(proof.coverage, 0.97);
}

}  // namespace ergon
