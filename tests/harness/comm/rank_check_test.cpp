#include "harness/comm/rank_check.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace ergon {
namespace {

std::string wrong(int size, const std::map<std::string, std::string>& environment) {
  return wrong_world(size, [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  });
}

}  // namespace

TEST(RankCheck, TrustsAWorldThatNobodyContradicts) {
  EXPECT_EQ(wrong(1, {}), "");
  EXPECT_EQ(wrong(4, {{"OMPI_COMM_WORLD_SIZE", "4"}}), "");
  EXPECT_EQ(wrong(4, {{"SLURM_STEP_NUM_TASKS", "4"}, {"SLURM_NTASKS", "4"}}), "");
}

TEST(RankCheck, RefusesWorldsOfOneWhereSlurmStartedMore) {
  EXPECT_EQ(wrong(1, {{"SLURM_STEP_NUM_TASKS", "4"}}),
            "MPI sees 1 rank where 4 were started (SLURM_STEP_NUM_TASKS): the launcher and this "
            "program's MPI do not speak one PMI; start it with the mpirun of the MPI that it was "
            "built with, or with `srun --mpi=pmix` (`srun --mpi=list` shows what there is)");
  EXPECT_NE(wrong(1, {{"SLURM_NTASKS", "2"}}).find("(SLURM_NTASKS)"), std::string::npos);
}

TEST(RankCheck, RefusesAnotherMpisMpirun) {
  EXPECT_NE(wrong(1, {{"OMPI_COMM_WORLD_SIZE", "2"}}), "");
  EXPECT_NE(wrong(1, {{"PMI_SIZE", "2"}}), "");
  EXPECT_NE(wrong(3, {{"OMPI_COMM_WORLD_SIZE", "2"}}), "");
}

// mpirun within a job may start fewer ranks than the job has tasks, and starts its helpers by srun.
TEST(RankCheck, BelievesMpirunBeforeSlurm) {
  EXPECT_EQ(wrong(2, {{"OMPI_COMM_WORLD_SIZE", "2"}, {"SLURM_NTASKS", "4"}}), "");
  EXPECT_EQ(wrong(4, {{"OMPI_COMM_WORLD_SIZE", "4"}, {"SLURM_STEP_NUM_TASKS", "2"}}), "");
}

TEST(RankCheck, PassesOverWhatIsNoNumber) {
  EXPECT_EQ(wrong(1, {{"SLURM_NTASKS", "many"}, {"PMI_SIZE", ""}}), "");
}

}  // namespace ergon
