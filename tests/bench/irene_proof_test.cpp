#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/analysis/foreign/irene_stand_in.h"
#include "tests/bench/program.h"
#include "tests/temporary_folder.h"

namespace ergon {

namespace {

bool holds(const ProgramOutcome& outcome, const std::string& text) {
  return outcome.text.find(text) != std::string::npos;
}

void expect_every_goal_met(const ProgramOutcome& outcome) {
  EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
  EXPECT_TRUE(holds(outcome, "shapes on both sides of a split: 0\n")) << outcome.text;
  EXPECT_TRUE(holds(outcome, "control explodes (5 times, and 50 % where energies span 10x): yes"))
      << outcome.text;
  EXPECT_FALSE(holds(outcome, "MISSED")) << outcome.text;
}

}  // namespace

TEST(IreneProof, PredictsUnseenAndLargerShapesOfAMadeMachine) {
  const TemporaryFolder folder;
  irene::write_stand_in(folder.path(), 3, 0.01);
  expect_every_goal_met(run_program(ERGON_IRENE_PROOF, folder.path().string() + " --quick"));
}

TEST(IreneProof, PredictsUnseenAndLargerShapesOfThePublishedMeasurements) {
  const char* folder = std::getenv("ERGON_IRENE_DATA");
  if (folder == nullptr) GTEST_SKIP() << "ERGON_IRENE_DATA does not point at IrEne's files";
  expect_every_goal_met(run_program(ERGON_IRENE_PROOF, std::string(folder) + " --quick"));
}

TEST(IreneProof, RefusesAFolderWithoutTheFiles) {
  const TemporaryFolder folder;
  const ProgramOutcome outcome = run_program(ERGON_IRENE_PROOF, folder.path().string());
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_TRUE(holds(outcome, "ml1_level_features.csv: cannot be read")) << outcome.text;
}

}  // namespace ergon
