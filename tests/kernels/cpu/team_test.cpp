#include "kernels/cpu/team.h"

#include <gtest/gtest.h>

#include <sched.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace ergon {

TEST(Team, RunsEachMemberOnce) {
  for (const int threads : {1, 2, 3, 1, 2}) {
    std::vector<std::atomic<int>> runs(static_cast<std::size_t>(threads));
    parallel(threads, [&](int thread) { ++runs.at(static_cast<std::size_t>(thread)); });
    for (const std::atomic<int>& count : runs) EXPECT_EQ(count, 1);
  }
}

TEST(Team, PinsEachMemberToACpuOfTheProcess) {
  const std::span<const int> cpus = process_cpus();
  const int threads = static_cast<int>(cpus.size());
  std::vector<int> seen(cpus.size(), -1);
  parallel(threads, [&](int thread) { seen[static_cast<std::size_t>(thread)] = sched_getcpu(); });
  EXPECT_TRUE(std::equal(cpus.begin(), cpus.end(), seen.begin(), seen.end()));
}

TEST(Team, FlushesSubnormalsInEveryMember) {
  volatile float tiny = 1e-38F;
  std::vector<float> product(2, -1);
  parallel(2, [&](int thread) { product[static_cast<std::size_t>(thread)] = tiny * 0.01F; });
  EXPECT_EQ(product, (std::vector<float>{0, 0}));
}

TEST(Team, ReturnsWhenEveryMemberHas) {
  constexpr int kRegions = 200;
  std::vector<int> counts(3 * 32, 0);  // a line or two apart, and not atomic
  for (int i = 0; i < kRegions; ++i) {
    parallel(3, [&](int thread) { ++counts.at(static_cast<std::size_t>(thread) * 32); });
    ASSERT_EQ(counts[0] + counts[32] + counts[64], 3 * (i + 1));
  }
}

TEST(Team, WakesMembersThatSleep) {
  for (int i = 0; i < 3; ++i) {
    std::vector<int> runs(2, 0);
    parallel(2, [&](int thread) { ++runs[static_cast<std::size_t>(thread)]; });
    EXPECT_EQ(runs, (std::vector<int>{1, 1}));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // longer than members spin
  }
}

TEST(Team, BelongsToTheThreadThatUsesIt) {
  std::atomic<int> runs = 0;
  std::thread other([&] { parallel(2, [&](int) { ++runs; }); });
  parallel(2, [&](int) { ++runs; });
  other.join();
  EXPECT_EQ(runs, 4);
}

TEST(Team, SharesPartitionTheItems) {
  for (const std::int64_t count : {0, 1, 7, 16, 17, 1000}) {
    for (const int threads : {1, 2, 3, 8}) {
      std::int64_t end = 0;
      for (int thread = 0; thread < threads; ++thread) {
        const Share part = share(count, 16, threads, thread);
        EXPECT_EQ(part.begin, end);
        EXPECT_TRUE(part.begin % 16 == 0 || part.begin == count);
        end = part.end;
      }
      EXPECT_EQ(end, count);
    }
  }
}

}  // namespace ergon
