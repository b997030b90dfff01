#include "harness/run/blocks.h"

#include <gtest/gtest.h>

#include <string>

namespace ergon {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// Writes down what it is asked to do: i for idle, s for sentinels, the number of a point, and that
// with an apostrophe where it is measured again. A point takes 4 s, sentinels 1 s, idle 2 s.
class Diary final : public BlockWork {
 public:
  explicit Diary(VirtualClock& clock) : clock_(clock) {}

  std::optional<Visit> next() override {
    if (given == visits) return std::nullopt;
    return Visit{given++, 0};
  }

  std::vector<IdleStretch> measure_idle() override {
    text += text.empty() ? "i" : " i";
    clock_.advance(2 * kSecond);
    const double watts = idles < idle_watts.size() ? idle_watts[idles] : 10;
    ++idles;
    std::vector<IdleStretch> stretches;
    for (const double share : {0.99, 1.01}) {
      stretches.push_back({.begin_ns = clock_.now_ns() - kSecond,
                           .end_ns = clock_.now_ns(),
                           .energy = {{.channel = 0, .gross = Joules{share * watts}}}});
    }
    return stretches;
  }
  void measure_sentinels() override {
    text += " s";
    clock_.advance(kSecond);
  }
  void measure_point(const Visit& visit, bool again) override {
    text += " " + std::to_string(visit.point) + (again ? "'" : "");
    clock_.advance(again ? slow * kSecond : 4 * kSecond);
    ++points;
  }
  bool pass_turn() override {
    if (others_wait) text += " |";
    return others_wait;
  }
  [[nodiscard]] bool interrupted() const override { return points >= points_max; }

  std::uint32_t visits = 0, given = 0;
  bool others_wait = false;

  std::string text;
  std::vector<double> idle_watts;
  std::size_t idles = 0;
  int points = 0, points_max = 1000, slow = 4;

 private:
  VirtualClock& clock_;
};

struct Blocks {
  VirtualClock clock;
  Diary diary{clock};
  BlockTally tally;

  void measure(std::uint32_t count, int primary = 0) {
    diary.visits = count;
    Protocol protocol = protocol_presets()[0];
    protocol.block_max = Seconds{10};
    tally = measure_blocks(protocol, primary, clock, diary);
  }
};

}  // namespace

TEST(Blocks, StandBetweenIdleStretchesAndEndWithSentinels) {
  Blocks blocks;
  blocks.measure(7);  // a sentinel second and three points fill 10 s
  EXPECT_EQ(blocks.diary.text, "i s 0 1 2 i s 3 4 5 i s 6 s i");
  EXPECT_EQ(blocks.tally.blocks, 3);
  EXPECT_EQ(blocks.tally.again, 0);
  EXPECT_EQ(blocks.tally.rejected, 0);
}

TEST(Blocks, HoldAPointEachHoweverLongItTakes) {
  Blocks blocks;
  Protocol protocol = protocol_presets()[0];
  protocol.block_max = Seconds{0.5};
  blocks.diary.visits = 2;
  blocks.tally = measure_blocks(protocol, 0, blocks.clock, blocks.diary);
  EXPECT_EQ(blocks.diary.text, "i s 0 i s 1 s i");
}

TEST(Blocks, AreMeasuredAgainWhereIdlePowerChanged) {
  Blocks blocks;
  blocks.diary.idle_watts = {10, 12, 12, 12};  // a step within the first block
  blocks.diary.slow = 9;                       // the same points, though time is over
  blocks.measure(5);
  EXPECT_EQ(blocks.diary.text, "i s 0 1 2 i s 0' 1' 2' i s 3 4 s i");
  EXPECT_EQ(blocks.tally.blocks, 3);
  EXPECT_EQ(blocks.tally.again, 1);
  EXPECT_EQ(blocks.tally.rejected, 0);
}

TEST(Blocks, AreMeasuredAgainOnce) {
  Blocks blocks;
  blocks.diary.idle_watts = {10, 12, 10, 10};
  blocks.measure(4);
  EXPECT_EQ(blocks.diary.text, "i s 0 1 2 i s 0' 1' 2' i s 3 s i");
  EXPECT_EQ(blocks.tally.again, 1);
  EXPECT_EQ(blocks.tally.rejected, 1);
}

TEST(Blocks, AreNotJudgedWithoutAMeter) {
  Blocks blocks;
  blocks.diary.idle_watts = {10, 20, 40};
  blocks.measure(3, /*primary=*/-1);
  EXPECT_EQ(blocks.diary.text, "i s 0 1 2 s i");
}

TEST(Blocks, EndAfterThePointInWhichTheRunIsInterrupted) {
  Blocks blocks;
  blocks.diary.points_max = 2;
  blocks.diary.idle_watts = {10, 12};
  blocks.measure(5);
  EXPECT_EQ(blocks.diary.text, "i s 0 1 i");
  EXPECT_EQ(blocks.tally.again, 0);
  EXPECT_EQ(blocks.tally.rejected, 1);
}

TEST(Blocks, MeasureIdleAnewWhereOthersHadTheMachine) {
  Blocks blocks;
  blocks.diary.others_wait = true;
  blocks.measure(5);
  EXPECT_EQ(blocks.diary.text, "i s 0 1 2 i | i s 3 4 s i");
}

TEST(Blocks, AreNoneWhereThereIsNothingToVisit) {
  Blocks blocks;
  blocks.measure(0);
  EXPECT_EQ(blocks.diary.text, "");
  EXPECT_EQ(blocks.tally.blocks, 0);
}

}  // namespace ergon
