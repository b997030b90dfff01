#include "harness/submit/shard_state.h"

#include <gtest/gtest.h>

namespace ergon {
namespace {

using Phase = ShardState::Phase;

// Ten visits in four shards of one job.
class ShardStates : public testing::Test {
 protected:
  ShardStates() {
    Submission submission;
    submission.scheduler = "slurm";
    submission.shards = 4;
    submission.visits = 10;
    intents.submissions.push_back(submission);
    intents.jobs.push_back({.tag = "t",
                            .submission = 0,
                            .first = 0,
                            .tasks = 4,
                            .fate = IntendedJob::Fate::accepted,
                            .job = "1",
                            .why = ""});
    queue.answered = true;
  }
  void attempt(int shard, Attempt::State state, std::int64_t done, const std::string& visit = "") {
    Attempt made;
    made.shard = shard;
    made.state = state;
    made.done = done;
    made.visit = visit;
    attempts.push_back(made);
  }
  void answer(int task, QueuedTask::Phase phase, const std::string& state) {
    queue.tasks.push_back({.tag = "t",
                           .job = "1",
                           .task = task,
                           .phase = phase,
                           .state = state,
                           .reason = "",
                           .node = ""});
  }
  [[nodiscard]] ShardState state(std::size_t shard) const {
    return shard_states(intents, attempts, queue).at(shard);
  }

  Intents intents;
  std::vector<Attempt> attempts;
  Queue queue;
};

}  // namespace

TEST_F(ShardStates, TakeAFileForMoreThanTheScheduler) {
  attempt(0, Attempt::State::done, 3);
  answer(0, QueuedTask::Phase::ended, "FAILED");
  EXPECT_EQ(state(0).phase, Phase::done);
}

TEST_F(ShardStates, AreUnknownWithoutAnAnswer) {
  queue.answered = false;
  attempt(0, Attempt::State::done, 3);
  attempt(1, Attempt::State::running, 1);
  EXPECT_EQ(state(0).phase, Phase::done);
  EXPECT_EQ(state(1).phase, Phase::unknown);
  EXPECT_EQ(state(2).phase, Phase::unknown);
}

TEST_F(ShardStates, AreLostWhereTheSchedulerHasThemNoMore) {
  attempt(1, Attempt::State::running, 1, "5/0");
  answer(0, QueuedTask::Phase::waiting, "PENDING");
  answer(2, QueuedTask::Phase::ended, "NODE_FAIL");
  EXPECT_EQ(state(0).phase, Phase::waiting);
  EXPECT_EQ(state(1).phase, Phase::lost);
  EXPECT_EQ(state(1).state, "GONE");
  EXPECT_EQ(state(1).visit, "5/0");
  EXPECT_EQ(state(2).state, "NODE_FAIL");
}

TEST_F(ShardStates, LetATaskThatIsBackInTheQueueOutweighItsEarlierEnd) {
  answer(0, QueuedTask::Phase::ended, "NODE_FAIL");
  answer(0, QueuedTask::Phase::waiting, "PENDING");
  answer(1, QueuedTask::Phase::running, "RUNNING");
  answer(1, QueuedTask::Phase::ended, "NODE_FAIL");
  EXPECT_EQ(state(0).phase, Phase::waiting);
  EXPECT_EQ(state(1).phase, Phase::running);
}

TEST_F(ShardStates, OfAJobThatTellsNothingOfItsTasksGoInOrder) {
  attempt(0, Attempt::State::stopped, 1);
  attempt(1, Attempt::State::running, 1);
  answer(QueuedTask::kWholeJob, QueuedTask::Phase::running, "RUNNING");
  EXPECT_EQ(state(0).phase, Phase::lost);
  EXPECT_EQ(state(0).state, "STOPPED");
  EXPECT_EQ(state(1).phase, Phase::running);
  EXPECT_EQ(state(2).phase, Phase::waiting);
}

TEST_F(ShardStates, ThatEndedCountWhatIsOnRecord) {
  attempt(0, Attempt::State::running, 3);
  intents.ended.push_back({0, "TIMEOUT", "n1", 2, ""});
  EXPECT_EQ(state(0).phase, Phase::ended);
  EXPECT_EQ(state(0).done, 2);
}

TEST_F(ShardStates, WaitWhereTheyAreNotHandedOver) {
  intents.jobs[0].fate = IntendedJob::Fate::intended;
  EXPECT_EQ(state(0).phase, Phase::waiting);
  intents.jobs[0].fate = IntendedJob::Fate::refused;
  EXPECT_EQ(state(0).phase, Phase::lost);
}

}  // namespace ergon
