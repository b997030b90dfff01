#include "bench/contest_result.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "harness/simulate/random.h"
#include "tests/bench/made_contest.h"

namespace ergon {

// What else the machine does slows a whole block; the ratio does not see it.
TEST(ContestResult, IntervalHoldsTheTruthNineteenTimesInTwenty) {
  Random random(11);
  int held = 0;
  constexpr int kContests = 2000;
  for (int i = 0; i < kContests; ++i) {
    Contest contest = made_contest();
    for (int block = 0; block < 5; ++block) {
      const double drift = std::exp(0.3 * random.normal());
      const auto time = [&](double mean) {
        return mean * drift * std::exp(0.02 * random.normal());
      };
      add_block(contest.contenders[0], block, std::array{time(1e-3)});
      add_block(contest.contenders[1], block, std::array{time(1.2e-3)});
    }
    const Ratio ratio = result_of(contest).ratio;
    EXPECT_LT(ratio.low, ratio.value);
    held += ratio.low <= 1.2 && 1.2 <= ratio.high ? 1 : 0;
  }
  EXPECT_NEAR(held / static_cast<double>(kContests), 0.95, 0.015);
}

TEST(ContestResult, DropsSamplesWithAContextSwitch) {
  Contest contest = made_contest();
  fill_contest(contest, 1.3, 0.9);
  const ContestResult before = result_of(contest);
  std::vector<Timing>& samples = contest.contenders[0].samples;
  for (int i = 0; i < 3; ++i) samples.push_back({4, Seconds{1}, 1});
  const ContestResult after = result_of(contest);
  EXPECT_FALSE(after.few_clean);
  EXPECT_EQ(after.ratio.value, before.ratio.value);
  EXPECT_EQ(after.ratio.high, before.ratio.high);
  for (Timing& sample : samples) sample.switches = 0;
  EXPECT_LT(result_of(contest).ratio.value, before.ratio.value);
}

TEST(ContestResult, IsMarkedBelowFiveCleanSamplesAndThenTakesTheShortest) {
  Contest contest = made_contest();
  fill_contest(contest, 1.3, 0.9);
  std::vector<Timing>& samples = contest.contenders[1].samples;
  for (std::size_t i = 0; i < 5; ++i) samples[i].switches = 2;
  EXPECT_EQ(count_clean(contest.contenders[1]), 5);
  EXPECT_FALSE(result_of(contest).few_clean);
  samples[5].switches = 1;
  EXPECT_EQ(count_clean(contest.contenders[1]), 4);
  const ContestResult marked = result_of(contest);
  EXPECT_TRUE(marked.few_clean);
  samples[0].per_launch = Seconds{1};
  EXPECT_EQ(result_of(contest).ratio.value, marked.ratio.value);
  samples[1].per_launch = Seconds{1};
  EXPECT_GT(result_of(contest).ratio.value, marked.ratio.value);
}

TEST(ContestResult, ComparesTheFastestOfOursWithTheFastestPeerThatIsRight) {
  Contest contest = made_contest();
  fill_contest(contest, 1.3, 0.9);
  Contender faster = contest.contenders[1];
  for (Timing& sample : faster.samples) sample.per_launch = sample.per_launch / 2;
  faster.check.passed = false;
  contest.contenders.push_back(faster);
  EXPECT_EQ(result_of(contest).peer, &contest.contenders[1]);
  contest.contenders[2].check.passed = true;
  EXPECT_EQ(result_of(contest).peer, &contest.contenders[2]);
  EXPECT_NEAR(result_of(contest).ratio.value, 0.65, 0.01);
  EXPECT_NEAR(result_of(contest).of_ceiling.value, 0.9, 1e-6);
  EXPECT_EQ(result_of(contest).ours, contest.contenders.data());
}

TEST(ContestResult, HasNoRatioWithoutAPeer) {
  Contest contest = made_contest();
  fill_contest(contest, 1.3, 0.9);
  contest.contenders[1].refusal = "not installed";
  contest.contenders[1].samples.clear();
  const ContestResult result = result_of(contest);
  EXPECT_EQ(result.peer, nullptr);
  EXPECT_TRUE(std::isnan(result.ratio.value));
  EXPECT_NEAR(result.ours_time.value, 1e-3, 1e-9);
}

TEST(Ratio, OfOneBlockHasNoInterval) {
  const Ratio one = ratio_over_blocks(std::array{std::log(1.5)});
  EXPECT_NEAR(one.value, 1.5, 1e-12);
  EXPECT_TRUE(std::isnan(one.low));
  // Mean 0.1, standard error 0.1 / sqrt(2) x sqrt(2) / 2; Student's t of one degree is 12.706.
  const Ratio two = ratio_over_blocks(std::array{0.05, 0.15});
  EXPECT_NEAR(std::log(two.high), 0.1 + 12.706 * 0.05, 1e-3);
}

TEST(Ratio, MeansOfManyAreNarrowerThanEach) {
  Random random(5);
  int held = 0;
  for (int i = 0; i < 1000; ++i) {
    std::vector<Ratio> ratios;
    for (int j = 0; j < 8; ++j) {
      std::vector<double> logs;
      for (int block = 0; block < 5; ++block) logs.push_back(0.1 * j + 0.05 * random.normal());
      ratios.push_back(ratio_over_blocks(logs));
    }
    const Ratio mean = mean_ratio(ratios, 5);
    EXPECT_LT(mean.high / mean.low, 1.06);
    held += mean.low <= std::exp(0.35) && std::exp(0.35) <= mean.high ? 1 : 0;
  }
  EXPECT_NEAR(held / 1000.0, 0.95, 0.025);
}

}  // namespace ergon
