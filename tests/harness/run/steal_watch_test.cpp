#include "harness/run/steal_watch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "tests/temporary_folder.h"

namespace ergon {
namespace {

// Two CPUs, the first of which is measured and the other loses half its time.
class StealWatchFile : public testing::Test {
 protected:
  void write(int user, int steal) const {
    std::ofstream(folder / "stat")
        << "cpu  " << 2 * user << " 0 0 100 0 0 0 " << user / 2 + steal << " 50 50\ncpu0 " << user
        << " 0 0 100 0 0 0 " << steal << " 50 50\ncpu1 " << user << " 0 0 0 0 0 0 " << user / 2
        << " 0 0\nintr 1\n";
  }
  void start() { watch.follow(std::vector<int>{0}); }
  TemporaryFolder temporary;
  const std::filesystem::path folder = temporary.path();
  StealWatch watch{folder};
};

TEST_F(StealWatchFile, FaultsMoreThanOnePercent) {
  write(1000, 10);
  start();
  write(2000, 22);  // 11 sure ticks of 1012
  const Steal steal = watch.take();
  EXPECT_TRUE(steal.too_much);
  EXPECT_DOUBLE_EQ(steal.share, 12.0 / 1012);
}

TEST_F(StealWatchFile, AllowsOnePercent) {
  write(1000, 10);
  start();
  write(2000, 20);
  const Steal steal = watch.take();
  EXPECT_FALSE(steal.too_much);
  EXPECT_DOUBLE_EQ(steal.share, 10.0 / 1010);
}

TEST_F(StealWatchFile, DoesNotTakeOneTickOfAShortWindowForProof) {
  write(1000, 10);
  start();
  write(1020, 11);
  EXPECT_FALSE(watch.take().too_much);
}

TEST_F(StealWatchFile, CountsFromTheCallBefore) {
  write(1000, 10);
  start();
  write(1020, 90);
  EXPECT_TRUE(watch.take().too_much);
  EXPECT_FALSE(watch.take().too_much);
}

TEST_F(StealWatchFile, SumsOverTheCpusThatItFollows) {
  write(1000, 10);
  watch.follow(std::vector<int>{0, 1});
  write(2000, 10);
  EXPECT_DOUBLE_EQ(watch.take().share, 500.0 / 2500);
}

TEST_F(StealWatchFile, SaysThatItDoesNotKnowWhereThereIsNoFile) {
  start();
  const Steal steal = watch.take();
  EXPECT_TRUE(std::isnan(steal.share));
  EXPECT_FALSE(steal.too_much);
}

}  // namespace
}  // namespace ergon
