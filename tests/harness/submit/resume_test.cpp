#include "harness/submit/resume.h"

#include <gtest/gtest.h>

#include "tests/harness/submit/made_campaign.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

using Phase = ShardState::Phase;

// Six points in two shards: 0, 2, 4 and 1, 3, 5.
class Resume : public testing::Test {
 protected:
  Resume() : site(parse_site("scheduler: slurm\nattempts_max: 2\n", "site")) {
    states.push_back(state(0, Phase::lost, "TIMEOUT"));
    states.push_back(state(1, Phase::running, "RUNNING"));
  }
  static ShardState state(int shard, Phase phase, const std::string& word) {
    ShardState made;
    made.shard = shard;
    made.phase = phase;
    made.state = word;
    made.node = "n1";
    made.visits = 3;
    return made;
  }
  [[nodiscard]] Remainder rest() const {
    return remainder(made.campaign(), intents, states, site, options);
  }
  [[nodiscard]] static std::vector<std::uint32_t> points(const Remainder& rest) {
    std::vector<std::uint32_t> points;
    for (const Visit& visit : rest.visits) points.push_back(visit.point);
    return points;
  }

  TemporaryFolder temporary;
  const MadeCampaign made{temporary.path() / "c", 6, 2};
  Intents intents = made.intents();
  Site site;
  std::vector<ShardState> states;
  ResumeOptions options;
};

}  // namespace

TEST_F(Resume, TakesWhatLostShardsLeftAndNothingOfThoseThatRun) {
  made.measure(0, made.results("a", {0}));
  made.measure(1, made.results("b", {1}));
  const Remainder found = rest();
  EXPECT_EQ(points(found), (std::vector<std::uint32_t>{2, 4}));
  EXPECT_EQ(found.done, 2);
  EXPECT_EQ(found.live, 2);
  ASSERT_EQ(found.ended.size(), 1u);
  EXPECT_EQ(found.ended[0].done, 1);
  EXPECT_EQ(found.causes.at("TIMEOUT"), 1);
}

TEST_F(Resume, TakesNothingOfShardsThatNobodyKnowsOf) {
  states[0].phase = Phase::unknown;
  EXPECT_TRUE(rest().visits.empty());
  EXPECT_EQ(rest().live, 6);
}

TEST_F(Resume, TriesFailedPointsAgainButNotWrongOnes) {
  Results failed = made.results("a", {0, 2}, RunStatus::failed);
  failed.records[1].check_status = CheckStatus::wrong;
  made.measure(0, failed);
  const Remainder found = rest();
  EXPECT_EQ(points(found), (std::vector<std::uint32_t>{0, 4}));
  EXPECT_EQ(found.wrong, 1);
}

TEST_F(Resume, TriesAFailedPointAsOftenAsTheSiteAllows) {
  made.measure(0, made.results("a", {0}, RunStatus::failed));
  made.measure(0, made.results("b", {0}, RunStatus::failed));
  EXPECT_EQ(rest().failed, 1);
  EXPECT_EQ(points(rest()), (std::vector<std::uint32_t>{2, 4}));
}

TEST_F(Resume, GivesAPointUpThatEndsItsTasks) {
  states[0].visit = "2/0";
  EXPECT_EQ(rest().visits.size(), 3u);
  intents.ended.push_back({0, "TIMEOUT", "n2", 0, "2/0"});
  states[0].phase = Phase::lost;
  const Remainder found = rest();
  EXPECT_EQ(found.given_up, 1);
  EXPECT_EQ(points(found), (std::vector<std::uint32_t>{0, 4}));
  options.given_up = true;
  EXPECT_EQ(rest().visits.size(), 3u);
}

TEST_F(Resume, GivesAPointUpAtOnceThatRanOutOfMemory) {
  states[0] = state(0, Phase::lost, "OUT_OF_MEMORY");
  states[0].visit = "2/0";
  EXPECT_EQ(rest().given_up, 1);
}

TEST_F(Resume, ExcludesANodeThatLosesTasksByItself) {
  intents.ended.push_back({0, "NODE_FAIL", "n7", 0, ""});
  intents.ended.push_back({0, "NODE_FAIL", "n7", 0, ""});
  intents.ended.push_back({0, "TIMEOUT", "n8", 0, ""});
  intents.ended.push_back({0, "TIMEOUT", "n8", 0, ""});
  EXPECT_EQ(rest().exclude, std::vector<std::string>{"n7"});
}

TEST_F(Resume, MeasuresStalePointsWhereItIsToldTo) {
  Results stale = made.results("a", {0, 2, 4});
  stale.runs[0].kernels_hash = "gemm=0123";
  made.measure(0, stale);
  EXPECT_EQ(rest().stale, 3);
  EXPECT_TRUE(rest().visits.empty());
  options.stale = true;
  EXPECT_EQ(rest().visits.size(), 3u);
}

}  // namespace ergon
