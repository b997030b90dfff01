#include "analysis/device_fit.h"

#include <gtest/gtest.h>

#include "tests/analysis/synthetic.h"

namespace ergon {

namespace {

const std::vector<CacheLevel> kCaches = {
    {.name = "L1", .bytes_each = 32 << 10, .instances = 4},
    {.name = "L2", .bytes_each = 1 << 20, .instances = 4},
    {.name = "L3", .bytes_each = 32 << 20, .instances = 1},
};

std::string level(int threads, double bytes, bool cold = false) {
  std::string why_not;
  const std::string found = memory_level(kCaches, threads, bytes, cold, why_not);
  return found.empty() ? why_not : found;
}

const Coefficient& coefficient(const DeviceBlock& block, std::string_view kernel,
                               std::string_view level) {
  for (const DeviceBlock::Entry& entry : block.entries) {
    if (entry.kernel == kernel && entry.level == level) return entry.coefficient;
  }
  ADD_FAILURE() << kernel << " " << level << " is not in the block";
  return block.entries.front().coefficient;
}

}  // namespace

TEST(MemoryLevel, IsTheSmallestThatHoldsAllBytesOfAllThreads) {
  EXPECT_EQ(level(1, 32 << 10), "L1");
  EXPECT_EQ(level(2, 64 << 10), "L1");
  EXPECT_EQ(level(1, 64 << 10), "L2");
  EXPECT_EQ(level(8, 4 << 20), "L2");
  EXPECT_EQ(level(1, 8 << 20), "L3");
  EXPECT_EQ(level(1, 64 << 20), "memory");
  EXPECT_EQ(level(1, 1024, true), "memory");
  // A GPU, whose first level a launch finds empty.
  EXPECT_EQ(level(0, 1024), "L2");
  EXPECT_EQ(level(0, 4 << 20), "L2");
  EXPECT_EQ(level(0, 64 << 20), "memory");
}

TEST(MemoryLevel, IsNotToldWhereTwoLevelsShareTheWork) {
  EXPECT_EQ(level(1, 36 << 10), "just above L1 (32 KiB)");
  EXPECT_EQ(level(1, 34 << 20), "just above L3 (32 MiB)");
}

TEST(DeviceFit, RecoversWhatTheProbesAreMadeFrom) {
  SyntheticFile file(3);
  file.add_probes(0);
  const SampleSet set = make_samples({&file.results, 1}, EnergyKind::gross);
  const std::vector<DeviceBlock> blocks = fit_devices(set, {});
  ASSERT_EQ(blocks.size(), 1u);
  const DeviceBlock& block = blocks[0];
  ASSERT_EQ(block.entries.size(), 5u);
  ASSERT_EQ(block.static_entry, 0);
  EXPECT_NEAR(block.entries[0].coefficient.value, 5, 1e-6);
  EXPECT_NEAR(coefficient(block, "fma/avx2", "").value, 20, 1e-6);
  EXPECT_NEAR(coefficient(block, "copy/avx2", "L1").value, 5, 1e-6);
  EXPECT_NEAR(coefficient(block, "copy/avx2", "L2").value, 15, 1e-6);
  EXPECT_NEAR(coefficient(block, "copy/avx2", "memory").value, 100, 1e-6);
  EXPECT_EQ(coefficient(block, "copy/avx2", "memory").unit, "pJ/byte");
  EXPECT_LT(block.condition_number, 30);
  EXPECT_EQ(block.covariance.size(), 25u);
}

TEST(DeviceFit, SaysThatWattsAreInseparableWithoutTheIdleProbe) {
  SyntheticFile file(3);
  file.add_probes(0.001, 0);  // time is proportional to work in each probe
  std::erase_if(file.results.records, [](const Record& record) {
    return record.point.problem.primitive->name == "idle";
  });
  const SampleSet set = make_samples({&file.results, 1}, EnergyKind::gross);
  const std::vector<DeviceBlock> blocks = fit_devices(set, {});
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(blocks[0].static_entry, -1);
  for (const DeviceBlock::Entry& entry : blocks[0].entries) {
    EXPECT_EQ(entry.coefficient.terms.front(), "static");
    EXPECT_FALSE(entry.coefficient.note.empty());
  }
}

TEST(DeviceFit, KeepsOneCostPerByteWhereTheCachesAreUnknown) {
  SyntheticFile file(3);
  file.add_probes(0.001);
  file.results.runs[0].provenance = "{}";
  const SampleSet set = make_samples({&file.results, 1}, EnergyKind::gross);
  const std::vector<DeviceBlock> blocks = fit_devices(set, {});
  EXPECT_EQ(blocks[0].entries.size(), 3u);
}

}  // namespace ergon
