#include "kernels/cpu/openmp.h"

#include <gtest/gtest.h>

#include <omp.h>
#include <sched.h>

#include <set>
#include <vector>

#include "kernels/cpu/team.h"

namespace ergon {

TEST(OpenMp, PinsItsThreadsAsTheTeamsAndFlushesSubnormals) {
  const std::span<const int> cpus = process_cpus();
  prepare_openmp(static_cast<int>(cpus.size()));
  std::vector<int> seen(cpus.size(), -1);
  std::vector<float> product(cpus.size(), -1);
  volatile float tiny = 1e-38F;
#pragma omp parallel
  {
    const auto thread = static_cast<std::size_t>(omp_get_thread_num());
    seen.at(thread) = sched_getcpu();
    product.at(thread) = tiny * 0.01F;
  }
  EXPECT_TRUE(std::equal(cpus.begin(), cpus.end(), seen.begin(), seen.end()));
  EXPECT_EQ(product, std::vector<float>(cpus.size(), 0));
}

TEST(OpenMp, TellsItsThreads) {
  prepare_openmp(2);
  const std::span<const int> threads = openmp_threads();
  ASSERT_EQ(threads.size(), 2U);
  EXPECT_EQ(std::set<int>(threads.begin(), threads.end()).size(), 2U);
  prepare_openmp(1);
  EXPECT_EQ(openmp_threads().size(), 1U);
}

}  // namespace ergon
