#include "kernels/cpu/topology.h"
#include "tests/temporary_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace ergon {
namespace {

struct Cache {
  int cpu, index;
  const char *type, *level, *size, *shared;
};

std::string make_tree(const TemporaryFolder& temporary, std::initializer_list<Cache> caches) {
  const std::filesystem::path& root = temporary.path();
  for (const Cache& cache : caches) {
    const std::filesystem::path folder = root / ("cpu" + std::to_string(cache.cpu)) / "cache" /
                                         ("index" + std::to_string(cache.index));
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "type") << cache.type << "\n";
    std::ofstream(folder / "level") << cache.level << "\n";
    std::ofstream(folder / "size") << cache.size << "\n";
    std::ofstream(folder / "shared_cpu_list") << cache.shared << "\n";
  }
  return root.string();
}

}  // namespace

TEST(Topology, CountsTheInstancesThatTheCpusCanUse) {
  const TemporaryFolder folder;
  const std::string root = make_tree(folder, {{0, 0, "Data", "1", "48K", "0"},
                                              {0, 1, "Instruction", "1", "32K", "0"},
                                              {0, 2, "Unified", "2", "1024K", "0"},
                                              {0, 3, "Unified", "3", "32768K", "0-1"},
                                              {1, 0, "Data", "1", "48K", "1"},
                                              {1, 1, "Unified", "2", "1024K", "1"},
                                              {1, 2, "Unified", "3", "32768K", "0-1"}});
  const int both[] = {0, 1};
  const std::vector<CacheLevel> caches = sys_caches(both, root);
  ASSERT_EQ(caches.size(), 3u);
  EXPECT_EQ(caches[0].name, "L1");
  EXPECT_EQ(caches[0].bytes_each, 48u << 10);
  EXPECT_EQ(caches[0].instances, 2);
  EXPECT_EQ(caches[1].bytes_each, 1u << 20);
  EXPECT_EQ(caches[2].bytes_each, 32u << 20);
  EXPECT_EQ(caches[2].instances, 1);
  const int one[] = {1};
  EXPECT_EQ(sys_caches(one, root)[0].instances, 1);
}

TEST(Topology, HasNoCachesWhereTheSystemTellsNone) {
  const int cpus[] = {0};
  EXPECT_TRUE(sys_caches(cpus, "/nonexistent").empty());
}

TEST(Topology, NamesTheCpuAndCountsItsSockets) {
  EXPECT_EQ(cpu_name("processor\t: 0\nmodel name\t: AMD EPYC 9654\nphysical id\t: 0\n\n"
                     "processor\t: 1\nmodel name\t: AMD EPYC 9654\nphysical id\t: 1\n"),
            "AMD EPYC 9654, 2 sockets");
  EXPECT_EQ(cpu_name("model name\t: Some CPU\nphysical id\t: 0\n"), "Some CPU, 1 socket");
  EXPECT_NE(cpu_name("").find("CPU"), std::string::npos);
}

}  // namespace ergon
