#include "analysis/regime.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "analysis/fit_table.h"
#include "tests/analysis/synthetic.h"

namespace ergon {

namespace {

EnergyTable::Row row_of(const SyntheticFile& file) {
  return fit_table(make_samples({&file.results, 1}, EnergyKind::gross)).rows.at(0);
}

std::vector<std::string> without(const EnergyTable::Row& row) {
  std::vector<std::string> names;
  for (const Regime& regime : row.regimes) {
    if (regime.records == 0) names.push_back(regime.name);
  }
  return names;
}

int records(const EnergyTable::Row& row, std::string_view name) {
  const auto found = std::ranges::find(row.regimes, name, &Regime::name);
  return found == row.regimes.end() ? -2 : found->records;
}

Problem gemm(std::int64_t m, std::int64_t n, std::int64_t k) {
  return make_problem("gemm", {{"m", m}, {"n", n}, {"k", k}});
}

using Texts = std::vector<std::string>;

}  // namespace

// GEMMs from 16^3, where 2 us of launch is most of the time, to 1024^3, which FLOPs bind, on a
// machine with 1 MiB of cache.
TEST(Regime, TellsThoseOfWhichARowHasNoRecord) {
  SyntheticFile file(1);
  add_gemms(file, kGemmTruth, {.energy = 0.01});
  const EnergyTable::Row row = row_of(file);
  EXPECT_EQ(without(row), (Texts{"small-M", "memory-bound"}));
  EXPECT_GE(records(row, "launch-bound"), 1);
  EXPECT_GE(records(row, "cache-resident"), 10);
  // 67 MB of weights for 33 MFLOP.
  EXPECT_EQ(
      regimes_without_record(row, gemm(1, 4096, 4096)),
      (Texts{"small-M, of which there is no record", "memory-bound, of which there is no record"}));
  EXPECT_EQ(regimes_without_record(row, gemm(256, 256, 256)), Texts{});
}

TEST(Regime, HasRecordsOfWhatWasMeasured) {
  SyntheticFile file(1);
  add_gemms(file, kGemmTruth, {.energy = 0.01});
  for (const std::int64_t n : {2048, 4096}) file.add("avx2", gemm(2, n, 4096), kGemmTruth);
  const EnergyTable::Row row = row_of(file);
  EXPECT_EQ(without(row), Texts{});
  EXPECT_EQ(records(row, "small-M"), 2);
  EXPECT_EQ(records(row, "memory-bound"), 2);
  EXPECT_EQ(regimes_without_record(row, gemm(1, 4096, 4096)), Texts{});
}

TEST(Regime, OfElementsHasNoRowsAndIsBoundByMemoryBeyondTheCache) {
  SyntheticFile file(1);
  for (std::int64_t elements = 1 << 14; elements <= 1 << 22; elements *= 2) {
    file.add("avx2", make_problem("gelu", {{"elements", elements}}), kCopyMemoryTruth);
  }
  const EnergyTable::Row row = row_of(file);
  EXPECT_EQ(records(row, "small-M"), -2);
  EXPECT_EQ(records(row, "memory-bound"), 5);  // beyond 2^17 elements of 8 bytes
}

TEST(Regime, IsNotKnownWithoutCachesAndColdLaunchesHaveNone) {
  SyntheticFile file(1);
  add_gemms(file, kGemmTruth, {.energy = 0.01});
  file.results.runs[0].provenance = "";
  EnergyTable::Row row = row_of(file);
  EXPECT_EQ(records(row, "memory-bound"), -1);
  EXPECT_EQ(records(row, "cache-resident"), -1);
  EXPECT_EQ(without(row), Texts{"small-M"});
  for (Record& record : file.results.records) record.point.cold = true;
  row = row_of(file);
  EXPECT_EQ(records(row, "cache-resident"), -2);
  EXPECT_GE(records(row, "memory-bound"), 0);
}

}  // namespace ergon
