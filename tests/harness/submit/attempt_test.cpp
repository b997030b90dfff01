#include "harness/submit/attempt.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "tests/temporary_folder.h"

namespace ergon {
namespace {

class AttemptFiles : public testing::Test {
 protected:
  AttemptFiles() {
    std::filesystem::create_directories(temporary.path() / "shards");
    std::filesystem::create_directories(temporary.path() / "claims");
  }
  TemporaryFolder temporary;
  const std::filesystem::path& campaign = temporary.path();
};

}  // namespace

TEST_F(AttemptFiles, GiveEachAttemptANumberOfItsOwn) {
  EXPECT_EQ(claim_attempt(campaign, 7).number, 0);
  EXPECT_EQ(claim_attempt(campaign, 7).number, 1);
  EXPECT_EQ(claim_attempt(campaign, 8).number, 0);
  EXPECT_EQ(read_attempts(campaign).size(), 3u);
  EXPECT_EQ(read_attempts(campaign, 7).size(), 2u);
}

TEST_F(AttemptFiles, ReadBackWhatWasWritten) {
  Attempt attempt = claim_attempt(campaign, 12);
  attempt.tag = "ergon-x-s0-a0";
  attempt.node = "n1";
  attempt.state = Attempt::State::stopped;
  attempt.visits = 9;
  attempt.done = 4;
  attempt.energy = {12.5};
  attempt.energy_status = EnergyStatus::simulated;
  attempt.visit = "17/0";
  write_attempt(campaign, attempt);
  const Attempt read = read_attempts(campaign).at(0);
  EXPECT_EQ(read.shard, 12);
  EXPECT_EQ(read.tag, attempt.tag);
  EXPECT_EQ(read.state, Attempt::State::stopped);
  EXPECT_EQ(read.done, 4);
  EXPECT_EQ(read.energy.value, 12.5);
  EXPECT_EQ(read.energy_status, EnergyStatus::simulated);
  EXPECT_EQ(read.visit, "17/0");
  attempt.energy = {std::numeric_limits<double>::quiet_NaN()};
  write_attempt(campaign, attempt);
  EXPECT_TRUE(std::isnan(read_attempts(campaign).at(0).energy.value));
}

TEST_F(AttemptFiles, AreAsTheyBeganWhereTheyAreTorn) {
  const Attempt attempt = claim_attempt(campaign, 3);
  std::ofstream(attempt_file(campaign, attempt)) << "{\"tag\": \"erg";
  const Attempt read = read_attempts(campaign).at(0);
  EXPECT_EQ(read.state, Attempt::State::running);
  EXPECT_EQ(read.done, 0);
}

TEST_F(AttemptFiles, LetTheFirstJobHaveATag) {
  EXPECT_EQ(claimant(campaign, "t"), "");
  EXPECT_TRUE(claim_tag(campaign, "t", "17"));
  EXPECT_TRUE(claim_tag(campaign, "t", "17"));
  EXPECT_FALSE(claim_tag(campaign, "t", "18"));
  EXPECT_EQ(claimant(campaign, "t"), "17");
}

}  // namespace ergon
