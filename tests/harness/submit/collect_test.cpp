#include "harness/submit/collect.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "harness/record/journal.h"
#include "harness/submit/attempt.h"
#include "tests/harness/submit/made_campaign.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

class Collect : public testing::Test {
 protected:
  // Ids of the runs that each point of the result is of.
  [[nodiscard]] std::map<std::string, std::string> runs_of(
      const std::filesystem::path& file) const {
    const Results results = read_results(file);
    std::map<std::string, std::string> runs;
    for (const Record& record : results.records) {
      std::string& of = runs[point_id(record.point)];
      EXPECT_EQ(of, "") << "a point stands twice";
      of = results.runs[static_cast<std::size_t>(record.run)].id;
    }
    return runs;
  }
  TemporaryFolder temporary;
  const MadeCampaign made{temporary.path() / "c", 6, 2};
  const Campaign& campaign = made.campaign();
};

}  // namespace

TEST_F(Collect, GivesEveryPointOnceAndKeepsTheOtherExecutions) {
  Results first = made.results("a", {0, 2, 4}), second = made.results("b", {1, 3, 5, 2});
  first.runs[0].anchor_utc_ns = 10;
  second.runs[0].anchor_utc_ns = 20;
  made.measure(0, first);
  made.measure(1, second);
  const CollectSummary summary = collect(campaign);
  EXPECT_TRUE(summary.complete());
  EXPECT_EQ(summary.ok, 6);
  EXPECT_EQ(summary.duplicates, 1);
  EXPECT_EQ(runs_of(campaign.result_file()).size(), 6u);
  const auto others = runs_of(campaign.duplicates_file());
  ASSERT_EQ(others.size(), 1u);
  EXPECT_EQ(others.begin()->second, "b");
}

TEST_F(Collect, PrefersAnExecutionThatWorkedToAnEarlierOneThatFailed) {
  Results first = made.results("a", {0, 2, 4}, RunStatus::failed);
  first.runs[0].anchor_utc_ns = 10;
  Results again = made.results("b", {0, 2, 4});
  again.runs[0].anchor_utc_ns = 20;
  made.measure(0, first);
  made.measure(0, again);
  const CollectSummary summary = collect(campaign);
  EXPECT_EQ(summary.ok, 3);
  EXPECT_EQ(summary.failed, 0);
  EXPECT_EQ(summary.missing, 3);
  EXPECT_FALSE(summary.complete());
  EXPECT_EQ(summary.missing_examples.size(), 3u);
  for (const auto& [point, run] : runs_of(campaign.result_file())) EXPECT_EQ(run, "b");
}

TEST_F(Collect, ReadsTheJournalThatAKilledTaskHasLeft) {
  const Results results = made.results("a", {0, 2});
  const Attempt attempt = claim_attempt(campaign.folder(), 0);
  {
    Journal journal(journal_path(shard_file(campaign.folder(), 0, attempt.number)));
    journal.append(results.runs[0]);
    for (const Record& record : results.records) journal.append(record);
  }
  EXPECT_EQ(collect(campaign).ok, 2);
  EXPECT_EQ(runs_of(campaign.result_file()).size(), 2u);
  for (const auto& entry : std::filesystem::directory_iterator(campaign.folder() / "shards")) {
    EXPECT_NE(entry.path().extension(), ".collected");
  }
}

TEST_F(Collect, PassesOverAFileThatIsDamagedAndSaysSo) {
  made.measure(0, made.results("a", {0, 2, 4}));
  (void)claim_attempt(campaign.folder(), 1);
  std::ofstream(shard_file(campaign.folder(), 1, 0)) << "no HDF5";
  const CollectSummary summary = collect(campaign);
  EXPECT_EQ(summary.ok, 3);
  ASSERT_EQ(summary.unreadable.size(), 1u);
  EXPECT_NE(summary.unreadable[0].find("shard-00001.r0.h5"), std::string::npos);
}

TEST_F(Collect, LeavesOutWhatOtherKernelSourcesHaveMeasured) {
  Results stale = made.results("a", {0, 2, 4});
  stale.runs[0].kernels_hash = "gemm=0123";
  made.measure(0, stale);
  made.measure(1, made.results("b", {1, 3, 5}));
  const CollectSummary summary = collect(campaign);
  EXPECT_EQ(summary.ok, 3);
  EXPECT_EQ(summary.stale, 3);
  EXPECT_EQ(runs_of(campaign.result_file()).size(), 3u);
}

TEST_F(Collect, ChangesNothingTheSecondTime) {
  made.measure(0, made.results("a", {0, 2, 4}));
  (void)collect(campaign);
  const auto first = runs_of(campaign.result_file());
  (void)collect(campaign);
  EXPECT_EQ(runs_of(campaign.result_file()), first);
}

TEST_F(Collect, SaysThatThereIsNothingYet) {
  const CollectSummary summary = collect(campaign);
  EXPECT_EQ(summary.files, 0);
  EXPECT_EQ(summary.missing, 6);
  EXPECT_FALSE(std::filesystem::exists(campaign.result_file()));
}

}  // namespace ergon
