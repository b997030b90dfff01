#include "analysis/table_life.h"

#include <gtest/gtest.h>

#include "analysis/fit_table.h"
#include "analysis/predict.h"
#include "harness/record/provenance.h"
#include "kernels/error.h"
#include "tests/analysis/synthetic.h"

namespace ergon {

namespace {

SyntheticFile file_of(std::uint64_t seed, std::string_view kernel, int threads, double scale) {
  SyntheticFile file(seed);
  file.add_probes(0.01);
  Truth truth = kGemmTruth;
  truth.joules_per_flop *= scale;
  for (const std::int64_t m : {16, 64, 256, 1024}) {
    for (const std::int64_t n : {16, 128, 1024}) {
      file.add(kernel, make_problem("gemm", {{"m", m}, {"n", n}, {"k", 64}}), truth);
    }
  }
  for (Record& record : file.results.records) record.point.threads = threads;
  return file;
}

EnergyTable table_of(const SyntheticFile& file) {
  return fit_table(make_samples({&file.results, 1}, EnergyKind::gross));
}

double joules(const EnergyTable::Row& row) {
  return Predictor(row)(make_problem("gemm", {{"m", 256}, {"n", 128}, {"k", 64}})).energy.value;
}

}  // namespace

TEST(TableLife, ReplacesTheRowsOfTheSameKeysAndKeepsTheOthers) {
  const EnergyTable old =
      update_table(table_of(file_of(1, "avx2", 1, 1)), table_of(file_of(2, "avx512", 2, 1)));
  ASSERT_EQ(old.rows.size(), 2u);
  ASSERT_EQ(old.devices.size(), 2u);
  const EnergyTable fresh = table_of(file_of(3, "avx2", 1, 2));
  const EnergyTable updated = update_table(old, fresh);
  ASSERT_EQ(updated.rows.size(), 2u);
  EXPECT_EQ(joules(updated.rows[0]), joules(fresh.rows[0]));
  EXPECT_EQ(joules(updated.rows[1]), joules(old.rows[1]));
  ASSERT_EQ(updated.devices.size(), 2u);  // the old block of one thread went with its row
  for (const EnergyTable::Row& row : updated.rows) {
    EXPECT_EQ(updated.devices[static_cast<std::size_t>(row.device)].threads, row.key.threads);
  }
  EXPECT_EQ(updated.runs.size(), 3u);
}

TEST(TableLife, RefusesToMixGrossWithNetAndSources) {
  const EnergyTable table = table_of(file_of(1, "avx2", 1, 1));
  EnergyTable other = table;
  other.energy = EnergyKind::net;
  EXPECT_THROW((void)update_table(table, other), Error);
  other = table;
  other.source = Source::estimated;
  EXPECT_THROW((void)update_table(table, other), Error);
}

TEST(TableLife, TellsWhichKernelsHaveChanged) {
  EnergyTable table = table_of(file_of(1, "avx2", 1, 1));
  EXPECT_TRUE(stale_parts(table, {}).empty());
  table.runs[0].kernels_hash = kernels_hash();
  table.runs[0].build_hash = "one";
  EXPECT_TRUE(stale_parts(table, {}).empty());
  table.runs[0].kernels_hash = "fma=1,gemm=2";
  table.runs.push_back({.id = "other", .build_hash = "two"});
  EXPECT_EQ(stale_parts(table, {}),
            (std::vector<std::string>{
                "gemm: 1 run measured kernels whose sources have changed since; run them again and "
                "fit with --update",
                "the records come from 2 builds"}));
}

TEST(TableLife, TellsWhatHasChangedOnTheSameDevice) {
  EnergyTable table = table_of(file_of(1, "avx2", 1, 1));
  table.runs[0].versions = {{"driver", "550.54"}, {"kernel", "6.1"}, {"microcode", "0x2b"}};
  table.runs[0].build_hash = "old";
  table.runs.push_back({.id = "other", .device = "Other CPU", .build_hash = "old"});
  table.runs[1].versions = {{"driver", "1"}};
  PresentMachine present{
      .devices = {{"Made CPU", {{"driver", "560.28"}, {"kernel", "6.1"}, {"vbios", "96"}}}},
      .build_hash = "old"};
  EXPECT_EQ(
      stale_parts(table, present),
      std::vector<std::string>{"Made CPU: 1 run measured under driver 550.54; it is 560.28 now"});
  present.build_hash = "new";
  EXPECT_EQ(stale_parts(table, present).back(),
            "Made CPU: 1 run measured by another build of ergon");
  present.devices = {{"A third CPU", {{"driver", "2"}}}};
  EXPECT_TRUE(stale_parts(table, present).empty());
}

TEST(TableLife, KeepsTheCampaignsOfTheRunsThatItKeeps) {
  EnergyTable kept = table_of(file_of(1, "avx2", 1, 1));
  kept.campaigns[0].sentinels = 7;
  const EnergyTable updated = update_table(kept, table_of(file_of(2, "avx512", 2, 1)));
  ASSERT_EQ(updated.campaigns.size(), 2u);
  EXPECT_EQ(updated.campaigns[0].sentinels, 7);
  // The same run fitted again says how it is now.
  const EnergyTable again = update_table(kept, table_of(file_of(1, "avx2", 1, 1)));
  ASSERT_EQ(again.campaigns.size(), 1u);
  EXPECT_EQ(again.campaigns[0].sentinels, 0);
  EXPECT_EQ(again.runs.size(), 1u);
}

}  // namespace ergon
