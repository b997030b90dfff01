#include "kernels/cpu/team.h"

#include <gtest/gtest.h>

#include <sched.h>

#include <atomic>
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

TEST(Team, BarrierHoldsUntilAllAreThere) {
  std::atomic<int> arrived = 0;
  std::vector<int> seen(2, 0);
  parallel(2, [&](int thread) {
    ++arrived;
    team_barrier();
    seen[static_cast<std::size_t>(thread)] = arrived;
  });
  EXPECT_EQ(seen, (std::vector<int>{2, 2}));
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
