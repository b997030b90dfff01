#include "harness/submit/slurm_queue.h"

#include <gtest/gtest.h>

namespace ergon {

// As squeue 22.05 prints a running array of ten, two at a time, and a job behind it.
TEST(SlurmQueue, ReadsWhatSqueuePrinted) {
  const auto tasks = slurm_queue(
      "1|2-9%2|PENDING||ergon-a|JobArrayTaskLimit\n"
      "2|N/A|PENDING||ergon-c|Dependency\n"
      "1|0|RUNNING|n1|ergon-a|None\n"
      "1|1|NODE_FAIL|n2|ergon-a|NodeDown\n");
  ASSERT_EQ(tasks.size(), 11u);
  EXPECT_EQ(tasks[0].job, "1");
  EXPECT_EQ(tasks[0].task, 2);
  EXPECT_EQ(tasks[7].task, 9);
  EXPECT_EQ(tasks[7].reason, "JobArrayTaskLimit");
  EXPECT_EQ(tasks[8].tag, "ergon-c");
  EXPECT_EQ(tasks[8].task, 0);
  EXPECT_EQ(tasks[9].phase, QueuedTask::Phase::running);
  EXPECT_EQ(tasks[9].node, "n1");
  EXPECT_EQ(tasks[10].phase, QueuedTask::Phase::ended);
}

TEST(SlurmQueue, ReadsEveryFormOfTasks) {
  EXPECT_EQ(slurm_tasks("[6-7%2]"), (std::vector<int>{6, 7}));
  EXPECT_EQ(slurm_tasks("0,3-5,9"), (std::vector<int>{0, 3, 4, 5, 9}));
  EXPECT_EQ(slurm_tasks("0-6:3"), (std::vector<int>{0, 3, 6}));
  EXPECT_EQ(slurm_tasks("N/A"), (std::vector<int>{0}));
  EXPECT_TRUE(slurm_tasks("").empty());
  EXPECT_TRUE(slurm_tasks("1-").empty());
}

// As sacct 22.05 prints tasks of an array: the task, its batch step, and the one that srun started.
TEST(SlurmQueue, ReadsEnergiesOfStepsOnce) {
  const auto energies = slurm_energies(
      "7_0|1500\n7_0.batch|1500\n7_0.extern|1510\n7_0.0|1490\n"
      "7_1|\n7_1.batch|0\n7_1.0|0\n"
      "7_2|\n7_2.batch|\n7_2.0|20\n7_2.1|22\n");
  ASSERT_EQ(energies.size(), 2u);
  EXPECT_EQ(energies[0].id, "7_0");
  EXPECT_EQ(energies[0].energy.value, 1490);
  EXPECT_EQ(energies[1].id, "7_2");
  EXPECT_EQ(energies[1].energy.value, 42);
}

TEST(SlurmQueue, TakesARequeuedTaskForOneThatWaits) {
  EXPECT_EQ(slurm_phase("REQUEUED"), QueuedTask::Phase::waiting);
  EXPECT_EQ(slurm_phase("REQUEUE_HOLD"), QueuedTask::Phase::waiting);
  EXPECT_EQ(slurm_phase("COMPLETING"), QueuedTask::Phase::running);
  EXPECT_EQ(slurm_phase("CANCELLED by 1000"), QueuedTask::Phase::ended);
  for (const char* state : {"TIMEOUT", "OUT_OF_MEMORY", "PREEMPTED", "NODE_FAIL", "BOOT_FAIL"}) {
    EXPECT_EQ(slurm_phase(state), QueuedTask::Phase::ended) << state;
  }
}

TEST(SlurmQueue, TakesAStateItDoesNotKnowForNeitherFailedNorDone) {
  EXPECT_EQ(slurm_phase("QUANTUM_LEAP"), QueuedTask::Phase::running);
}

TEST(SlurmQueue, TakesNothingForAnEmptyAnswerOrOddLines) {
  EXPECT_TRUE(slurm_queue("").empty());
  EXPECT_TRUE(slurm_queue("slurm_load_jobs error\n1|2|RUNNING\n").empty());
}

// A requeued task stands twice, the job of a step and jobs that are no arrays are passed over.
TEST(SlurmQueue, ReadsWhatSacctPrinted) {
  const auto tasks = slurm_accounting(
      "1_0|NODE_FAIL|n2|ergon-a\n1_0|COMPLETED|n1|ergon-a\n1_1|CANCELLED by 0|None assigned|"
      "ergon-a\n1_[5-6%2]|PENDING|None assigned|ergon-a\n2|COMPLETED|n1|ergon-c\n");
  ASSERT_EQ(tasks.size(), 5u);
  EXPECT_EQ(tasks[0].state, "NODE_FAIL");
  EXPECT_EQ(tasks[1].state, "COMPLETED");
  EXPECT_EQ(tasks[2].state, "CANCELLED");
  EXPECT_EQ(tasks[2].node, "");
  EXPECT_EQ(tasks[4].task, 6);
  EXPECT_TRUE(slurm_accounting("").empty());
}

TEST(SlurmQueue, ReadsTimeLeft) {
  EXPECT_EQ(slurm_time("59\n")->value, 59);
  EXPECT_EQ(slurm_time("1:02")->value, 62);
  EXPECT_EQ(slurm_time("2-03:04:05")->value, 2 * 86400 + 3 * 3600 + 4 * 60 + 5);
  for (const char* text : {"UNLIMITED", "NOT_SET", "INVALID", ""}) {
    EXPECT_FALSE(slurm_time(text)) << text;
  }
}

}  // namespace ergon
