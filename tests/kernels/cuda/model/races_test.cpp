#include "kernels/cuda/model/races.h"

#include <gtest/gtest.h>

namespace ergon::model {
namespace {

using Did = Races::Did;

// Threads 0 and 1 of warp 0, 32 of warp 1, 64 of warp 2.
class RacesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    races_.begin_launch(1024);
    races_.begin_block();
  }
  Did read(int thread, std::size_t offset, std::size_t bytes = 4) {
    return races_.read(thread, offset, bytes).did;
  }
  Did write(int thread, std::size_t offset, std::size_t bytes = 4) {
    return races_.write(thread, offset, bytes, nullptr).did;
  }
  Did copy(int thread, std::size_t offset) { return races_.copy(thread, offset, 16).did; }
  Races races_;
};

}  // namespace

TEST_F(RacesTest, OneThreadIsInOrderWithItself) {
  EXPECT_EQ(write(0, 0), Did::nothing);
  EXPECT_EQ(read(0, 0), Did::nothing);
  EXPECT_EQ(write(0, 0), Did::nothing);
}

TEST_F(RacesTest, ReadersMeetNoReaders) {
  for (int thread = 0; thread < 96; ++thread) EXPECT_EQ(read(thread, 8), Did::nothing);
}

TEST_F(RacesTest, AWriteMeetsReadsAndWritesOfOthers) {
  (void)write(0, 0);
  EXPECT_EQ(read(1, 0), Did::wrote);
  EXPECT_EQ(write(32, 0), Did::wrote);
  (void)read(0, 16);
  EXPECT_EQ(write(32, 16), Did::read);
}

TEST_F(RacesTest, AccessesMeetWhereTheyOverlapOnly) {
  (void)write(0, 0, 16);
  EXPECT_EQ(read(32, 16, 16), Did::nothing);
  const Races::Met met = races_.read(32, 14, 4);
  EXPECT_EQ(met.did, Did::wrote);
  EXPECT_EQ(met.thread, 0);
  EXPECT_EQ(met.offset, 14U);
}

TEST_F(RacesTest, NeighboursOfTwoBytesAreApart) {
  (void)write(0, 0, 2);
  EXPECT_EQ(write(32, 2, 2), Did::nothing);
}

TEST_F(RacesTest, ABarrierOfTheWarpOrdersItsLanesOnly) {
  (void)write(0, 0);
  races_.meet(1);
  EXPECT_EQ(read(1, 0), Did::nothing);
  EXPECT_EQ(read(32, 0), Did::wrote);
}

TEST_F(RacesTest, ABarrierOrdersWhatLiesBefore) {
  (void)write(0, 0);
  races_.meet(7);
  EXPECT_EQ(read(64, 0), Did::nothing);
  EXPECT_EQ(write(64, 0), Did::nothing);
  EXPECT_EQ(read(0, 0), Did::wrote);
}

TEST_F(RacesTest, OrderPassesOnFromBarrierToBarrier) {
  (void)write(0, 0);
  races_.meet(3);
  races_.meet(6);
  EXPECT_EQ(write(64, 0), Did::nothing);
}

TEST_F(RacesTest, ABarrierOfOthersOrdersNothing) {
  (void)write(0, 0);
  races_.meet(6);
  EXPECT_EQ(read(64, 0), Did::wrote);
}

TEST_F(RacesTest, EveryReaderMustLieBeforeAWrite) {
  (void)read(0, 0);
  (void)read(32, 0);
  races_.meet(5);
  EXPECT_EQ(write(64, 0), Did::read);
  races_.meet(7);
  EXPECT_EQ(write(64, 0), Did::nothing);
}

TEST_F(RacesTest, ACopyIsUnderWayUntilItsThreadHasWaited) {
  EXPECT_EQ(copy(0, 0), Did::nothing);
  EXPECT_EQ(read(0, 0), Did::copies);
  races_.meet(7);
  EXPECT_EQ(read(32, 0), Did::copies);
  EXPECT_EQ(copy(32, 0), Did::copies);
}

TEST_F(RacesTest, OthersSeeACopyBehindTheWaitAndABarrier) {
  (void)copy(0, 0);
  races_.land(0, 0, 16);
  EXPECT_EQ(read(0, 0), Did::nothing);
  EXPECT_EQ(read(32, 0), Did::wrote);
  races_.meet(7);
  EXPECT_EQ(read(32, 0), Did::nothing);
}

TEST_F(RacesTest, ACopyMeetsWhatIsStillRead) {
  (void)read(32, 0);
  EXPECT_EQ(copy(0, 0), Did::read);
}

TEST_F(RacesTest, BlocksAreApart) {
  (void)write(0, 0);
  (void)read(32, 4);
  (void)copy(64, 16);
  races_.begin_block();
  EXPECT_EQ(write(32, 0), Did::nothing);
  EXPECT_EQ(write(0, 4), Did::nothing);
  EXPECT_EQ(copy(0, 16), Did::nothing);
}

}  // namespace ergon::model
