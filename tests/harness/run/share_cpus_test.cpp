#include "harness/run/share_cpus.h"

#include <gtest/gtest.h>

namespace ergon {

using Cpus = std::vector<std::vector<int>>;

TEST(ShareCpus, PartsThemWhereNobodyIsBound) {
  EXPECT_EQ(part_cpus({{0, 1, 2, 3, 4}, {0, 1, 2, 3, 4}}), (Cpus{{0, 1}, {2, 3, 4}}));
  EXPECT_EQ(part_cpus({{3, 7}, {3, 7}}), (Cpus{{3}, {7}}));
}

TEST(ShareCpus, LeavesWhatTheLauncherGaveOut) {
  EXPECT_EQ(part_cpus({{0, 1}, {2, 3}}), (Cpus{{0, 1}, {2, 3}}));
  EXPECT_EQ(part_cpus({{0, 1}}), (Cpus{{0, 1}}));
}

TEST(ShareCpus, LeavesThemWhereThereAreTooFew) {
  EXPECT_EQ(part_cpus({{0, 1}, {0, 1}, {0, 1}}), (Cpus{{0, 1}, {0, 1}, {0, 1}}));
}

}  // namespace ergon
