#include "harness/run/watch.h"

#include <gtest/gtest.h>

#include <fstream>

#include "harness/record/record.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

class StealWatchFile : public testing::Test {
 protected:
  void write(int user, int steal) const {
    std::ofstream(folder / "stat")
        << "cpu  " << user << " 0 0 100 0 0 0 " << steal << " 50 50\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
  }
  TemporaryFolder temporary;
  const std::filesystem::path folder = temporary.path();
};

TEST_F(StealWatchFile, FaultsMoreThanOnePercent) {
  write(1000, 10);
  StealWatch watch(folder / "stat");
  write(2000, 22);  // 11 sure ticks of 1012
  EXPECT_EQ(watch.take_faults(), kStealTime);
}

TEST_F(StealWatchFile, AllowsOnePercent) {
  write(1000, 10);
  StealWatch watch(folder / "stat");
  write(2000, 20);
  EXPECT_EQ(watch.take_faults(), 0u);
}

TEST_F(StealWatchFile, DoesNotTakeOneTickOfAShortWindowForProof) {
  write(1000, 10);
  StealWatch watch(folder / "stat");
  write(1020, 11);
  EXPECT_EQ(watch.take_faults(), 0u);
}

TEST_F(StealWatchFile, CountsFromTheCallBefore) {
  write(1000, 10);
  StealWatch watch(folder / "stat");
  write(1020, 90);
  EXPECT_EQ(watch.take_faults(), kStealTime);
  EXPECT_EQ(watch.take_faults(), 0u);
}

TEST_F(StealWatchFile, SeesNothingWhereThereIsNoFile) {
  StealWatch watch(folder / "none");
  EXPECT_EQ(watch.take_faults(), 0u);
}

}  // namespace
}  // namespace ergon
