#include "harness/submit/intents.h"

#include <gtest/gtest.h>

#include <fstream>

#include "kernels/error.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

Submission made_submission() {
  Submission submission;
  submission.scheduler = "local";
  submission.shards = 3;
  submission.visits = 10;
  return submission;
}

IntendedJob made_job(IntendedJob::Fate fate, const std::string& job) {
  return {.tag = "ergon-x-s0-a0",
          .submission = 0,
          .first = 0,
          .tasks = 3,
          .fate = fate,
          .job = job,
          .why = ""};
}

}  // namespace

TEST(Intents, OutliveTheProcessAndKnowTheLastFateOfAJob) {
  const TemporaryFolder folder;
  {
    IntentJournal journal(folder.path());
    journal.add(made_submission());
    journal.add(made_job(IntendedJob::Fate::intended, ""));
    journal.add(made_job(IntendedJob::Fate::accepted, "17"));
    journal.add(EndedShard{2, "NODE_FAIL", "n3", 1, "5/0"});
  }
  const Intents intents = read_intents(folder.path());
  ASSERT_EQ(intents.submissions.size(), 1u);
  ASSERT_EQ(intents.jobs.size(), 1u);
  EXPECT_EQ(intents.jobs[0].fate, IntendedJob::Fate::accepted);
  EXPECT_EQ(intents.jobs[0].job, "17");
  EXPECT_EQ(intents.job_of(2), &intents.jobs[0]);
  EXPECT_EQ(intents.job_of(3), nullptr);
  ASSERT_EQ(intents.ended.size(), 1u);
  EXPECT_EQ(intents.ended[0].visit, "5/0");
}

TEST(Intents, ShareVisitsOutToShards) {
  const Submission submission = made_submission();
  EXPECT_EQ(submission.visits_of(0), 4);
  EXPECT_EQ(submission.visits_of(1), 3);
  EXPECT_EQ(submission.visits_of(2), 3);
}

TEST(Intents, LoseATornLineAndNoMore) {
  const TemporaryFolder folder;
  { IntentJournal(folder.path()).add(made_submission()); }
  { std::ofstream(folder.path() / "journal.jsonl", std::ios::app) << "{\"entry\": \"job\", \"ta"; }
  {
    IntentJournal journal(folder.path());
    EXPECT_TRUE(journal.intents().jobs.empty());
    journal.add(made_job(IntendedJob::Fate::intended, ""));
  }
  const Intents intents = read_intents(folder.path());
  EXPECT_EQ(intents.submissions.size(), 1u);
  EXPECT_EQ(intents.jobs.size(), 1u);
}

TEST(Intents, AreWrittenByOneProcessAtATime) {
  const TemporaryFolder folder;
  const IntentJournal first(folder.path());
  EXPECT_THROW(IntentJournal second(folder.path()), Error);
}

TEST(Intents, NameTheLineThatTheyCannotRead) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "journal.jsonl") << "{\"entry\": \"surprise\"}\n";
  try {
    (void)read_intents(folder.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("journal.jsonl:1: unknown entry"), std::string::npos);
  }
}

}  // namespace ergon
