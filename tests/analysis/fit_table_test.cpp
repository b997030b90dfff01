#include "analysis/fit_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "analysis/table_file.h"
#include "tests/analysis/synthetic.h"

namespace ergon {

namespace {

EnergyTable fit(const SyntheticFile& file) {
  return fit_table(make_samples({&file.results, 1}, EnergyKind::gross));
}

const Coefficient* find(const Law& law, std::string_view carrier) {
  const auto found = std::ranges::find(law.coefficients, carrier, &Coefficient::carrier);
  return found == law.coefficients.end() ? nullptr : &*found;
}

const Candidate& candidate(const Law& law, std::string_view form) {
  return *std::ranges::find(law.candidates, form, &Candidate::form);
}

// How often a coefficient's 90 % interval held the truth.
class Coverage {
 public:
  void count(const std::string& name, const Coefficient& coefficient, double truth) {
    auto& [held, all] = counts_[name];
    held += coefficient.low <= truth && truth <= coefficient.high;
    ++all;
  }
  void expect_nominal(int runs) const {
    for (const auto& [name, count] : counts_) {
      const double share = static_cast<double>(count.first) / count.second;
      std::printf("  %-24s %5.1f %% of %d\n", name.c_str(), 100 * share, count.second);
      EXPECT_GE(share, 0.84) << name;  // two standard deviations of a binomial of 200
      EXPECT_LE(share, 0.96) << name;
      EXPECT_GE(count.second, 0.95 * runs) << name << " was not always separable, or chosen";
    }
  }

 private:
  std::map<std::string, std::pair<int, int>> counts_;
};

constexpr int kSeeds = 200;
constexpr SyntheticFile::Noise kNoise{.energy = 0.02, .slowdown_max = 0.3};

// Swaps the energies and times of the records of one primitive, so that shapes explain nothing.
void permute(Results& results, std::uint64_t seed) {
  SplitMix random(seed);
  for (std::size_t i = results.records.size() - 1; i > 0; --i) {
    std::swap(results.records[i].windows, results.records[random.below(i + 1)].windows);
  }
}

}  // namespace

TEST(FitTable, IntervalsOfSharedAndOwnCoefficientsHoldNinetyPercent) {
  Coverage coverage;
  for (int seed = 1; seed <= kSeeds; ++seed) {
    SyntheticFile file(static_cast<std::uint64_t>(seed));
    file.add_probes(0.02);
    add_gemms(file, kGemmTruth, kNoise);
    const EnergyTable table = fit(file);
    const double truths[] = {5, 5, 15, 100, 20};
    const DeviceBlock& block = table.devices.at(0);
    ASSERT_EQ(block.entries.size(), std::size(truths)) << "seed " << seed;
    for (std::size_t e = 0; e < std::size(truths); ++e) {
      const DeviceBlock::Entry& entry = block.entries[e];
      coverage.count(entry.coefficient.carrier + " " + entry.kernel + " " + entry.level,
                     entry.coefficient, truths[e]);
    }
    const Law& law = table.rows.at(0).energy;
    if (law.form->name != "static_flops_bytes") continue;
    ASSERT_EQ(law.coefficients.size(), 3u) << "seed " << seed;
    coverage.count("flop gemm, static shared", *find(law, "flop"), 25);
    coverage.count("byte gemm, static shared", *find(law, "byte"), 80);
  }
  std::printf("90 %% intervals over seeds 1..%d:\n", kSeeds);
  coverage.expect_nominal(kSeeds);
}

TEST(FitTable, IntervalsHoldNinetyPercentWithoutProbes) {
  Coverage coverage;
  for (int seed = 1; seed <= kSeeds; ++seed) {
    SyntheticFile file(static_cast<std::uint64_t>(1000 + seed));
    add_gemms(file, kGemmTruth, {.energy = 0.01, .slowdown_max = 1});
    const EnergyTable table = fit(file);
    const Law& law = table.rows.at(0).energy;
    if (law.form->name != "static_flops_bytes") continue;
    ASSERT_EQ(law.coefficients.size(), 3u) << "seed " << seed;
    coverage.count("static, in the row", *find(law, "static"), 5);
    coverage.count("flop", *find(law, "flop"), 25);
    coverage.count("byte", *find(law, "byte"), 80);
  }
  std::printf("90 %% intervals over seeds 1001..%d:\n", 1000 + kSeeds);
  coverage.expect_nominal(kSeeds);
}

TEST(FitTable, MergesFlopsAndBytesWhereTheyAreProportionalAndSaysSo) {
  SyntheticFile file(5);
  file.add_probes(0.01);
  const Truth truth{.joules_per_flop = 3e-12, .joules_per_byte = 20e-12, .seconds_per_byte = 3e-11};
  for (std::int64_t rows = 1; rows <= 4096; rows *= 2) {
    file.add("avx2", make_problem("gelu", {{"elements", 1024 * rows}}), truth, {.energy = 0.01});
  }
  const EnergyTable table = fit(file);
  const Law& law = table.rows.at(0).energy;
  ASSERT_EQ(law.coefficients.size(), 2u);
  EXPECT_TRUE(law.coefficients[0].shared);
  EXPECT_NEAR(law.coefficients[0].value, 5, 0.25);
  const Coefficient& merged = law.coefficients[1];
  EXPECT_EQ(merged.terms, (std::vector<std::string>{"flop", "byte"}));
  EXPECT_EQ(merged.carrier, "byte");
  EXPECT_EQ(merged.note, "flop and byte proportional, 0.5 flop/byte");
  EXPECT_LE(merged.low, 21.5);  // 20 pJ/byte and half a flop per byte of 3 pJ
  EXPECT_GE(merged.high, 21.5);
  EXPECT_GT(law.condition_number_unmerged, 30);
}

TEST(FitTable, AbsorbsWattsWithoutProbesWhereTimeIsASumOfFlopsAndBytes) {
  SyntheticFile file(5);
  add_gemms(file,
            {.joules_per_flop = 8e-12,
             .joules_per_byte = 50e-12,
             .launch_s = 0,
             .seconds_per_flop = 1.5e-11,
             .seconds_per_byte = 2e-11},
            {.energy = 0.01});
  const EnergyTable table = fit(file);
  EXPECT_TRUE(table.devices.empty());
  const Law& law = table.rows.at(0).energy;
  EXPECT_EQ(find(law, "static"), nullptr);
  const Coefficient& flop = *find(law, "flop");
  EXPECT_EQ(flop.terms, (std::vector<std::string>{"static", "flop"}));
  EXPECT_EQ(flop.note, "s is a sum of the others here");
  EXPECT_NEAR(flop.value, 8 + 5 * 15, 3);  // 5 W over 15 ps/flop: 75 pJ/flop
}

TEST(FitTable, HoldsAnAbsentCostAtZeroWithABootstrapInterval) {
  int at_bound = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SyntheticFile file(seed);
    file.add_probes(0.01);
    add_gemms(file, {.joules_per_flop = 50e-12, .seconds_per_flop = 2e-11}, {.energy = 0.01});
    const EnergyTable table = fit(file);
    const Coefficient* byte = find(table.rows.at(0).energy, "byte");
    if (byte == nullptr || !byte->at_bound) continue;
    ++at_bound;
    EXPECT_EQ(byte->value, 0);
    EXPECT_EQ(byte->low, 0);
    EXPECT_GE(byte->high, 0);
    EXPECT_LT(byte->high, 50);
  }
  EXPECT_GE(at_bound, 5);
}

TEST(FitTable, CarriesTheUncertaintyOfSharedWattsIntoTheRow) {
  SyntheticFile file(8);
  file.add_probes(0.02);
  add_gemms(file, kGemmTruth, {.energy = 0.01});
  const EnergyTable table = fit(file);
  const EnergyTable::Row& row = table.rows.at(0);
  ASSERT_EQ(row.energy.covariance.size(), 9u);
  const double var_static = std::pow(row.energy.coefficients[0].standard_error, 2);
  EXPECT_NEAR(row.energy.covariance[0], var_static, 1e-12);
  const double slope = row.energy.covariance[1] / var_static;  // d flop / d static
  EXPECT_LT(slope, -10);  // 15 ps/flop would be -15 pJ/flop per W; bytes take some of it
  EXPECT_GT(slope, -15);
  EXPECT_GT(row.energy.covariance[4], slope * slope * var_static);
  ASSERT_EQ(row.cross_covariance.size(), 3 * table.devices[0].entries.size());
  EXPECT_NEAR(row.cross_covariance[5], row.energy.covariance[1], 1e-9);
}

// The file's points as if a GPU had run them: no threads of their own, its name and its domain.
void move_to_gpu(Results& results) {
  static const std::map<std::string, Kernel> kernels = [] {
    std::map<std::string, Kernel> made;
    for (const Kernel* kernel : kernel::all()) {
      Kernel& on_gpu = made[kernel_id(*kernel)] = *kernel;
      on_gpu.name = "cuda_simt";
      on_gpu.device = DeviceKind::cuda;
    }
    return made;
  }();
  results.runs[0].device = "NVIDIA Made-up";
  results.runs[0].channels[0].domain = "gpu";
  for (Record& record : results.records) {
    record.point.kernel = &kernels.at(kernel_id(*record.point.kernel));
    record.point.threads = 0;
  }
}

TEST(FitTable, TakesPointsOfAGpuByItsNameAndDomain) {
  SyntheticFile file(5);
  add_gemms(file, kGemmTruth, {.energy = 0.01});
  move_to_gpu(file.results);
  const EnergyTable table = fit(file);
  ASSERT_EQ(table.rows.size(), 1u);
  const TableKey& key = table.rows[0].key;
  EXPECT_EQ(key.device, "NVIDIA Made-up");
  EXPECT_EQ(key.boundary, "gpu");
  EXPECT_EQ(key.kernel, "gemm/cuda_simt");
  EXPECT_EQ(key.threads, 0);
  EXPECT_EQ(describe(key).find("thread"), std::string::npos) << describe(key);
  const Coefficient* flop = find(table.rows[0].energy, "flop");
  ASSERT_NE(flop, nullptr);
  EXPECT_GT(flop->value, 0);
  EXPECT_LT(candidate(table.rows[0].energy, "static_flops_bytes").error_mean, 0.02);
}

TEST(FitTable, ReportsTheErrorsOfEveryForm) {
  SyntheticFile file(5);
  file.add_probes(0.01);
  add_gemms(file, kGemmTruth, {.energy = 0.01});
  const EnergyTable table = fit(file);
  const Law& law = table.rows.at(0).energy;
  ASSERT_EQ(law.candidates.size(), 6u);
  EXPECT_LT(candidate(law, "static_flops_bytes").error_mean, 0.02);
  EXPECT_GT(candidate(law, "flops").error_mean, 0.2);
  EXPECT_GT(candidate(law, "flops").error_p95, candidate(law, "flops").error_median);
  EXPECT_TRUE(candidate(law, "static_flops_bytes").chosen);
  EXPECT_EQ(law.conformal.shapes, 36);
  EXPECT_LT(law.conformal.radius, 0.05);
}

TEST(FitTable, ErrorExplodesWhereShapesArePermuted) {
  SyntheticFile file(5);
  add_gemms(file, kGemmTruth, {.energy = 0.01});
  const Law sane = fit(file).rows.at(0).energy;
  permute(file.results, 5);
  const Law mad = fit(file).rows.at(0).energy;
  const auto error = [](const Law& law) {
    return std::ranges::find(law.candidates, true, &Candidate::chosen)->error_mean;
  };
  EXPECT_GT(error(mad), 0.5);
  EXPECT_GT(error(mad), 5 * error(sane));
}

TEST(FitTable, SaysThatNIsTooSmall) {
  SyntheticFile file(5);
  for (const std::int64_t m : {64, 128}) {
    file.add("avx2", make_problem("gemm", {{"m", m}, {"n", 64}, {"k", 256 / m * 64}}), kGemmTruth);
  }
  const EnergyTable table = fit(file);
  const Law& law = table.rows.at(0).energy;
  EXPECT_TRUE(std::isnan(law.coefficients[0].low));
  EXPECT_TRUE(law.coefficients[0].interval_reason.starts_with("n too small: 2 shapes"));
  EXPECT_TRUE(std::isnan(law.conformal.radius));
  EXPECT_EQ(law.conformal.reason, "n too small: 2 shapes, 9 needed for 90 %");
  EXPECT_EQ(law.candidates[0].reason, "n too small: 2 shapes, 3 needed to leave one out");
}

TEST(FitTable, DoesNotDependOnTheOrderOfTheRecords) {
  SyntheticFile file(5);
  file.add_probes(0.01);
  add_gemms(file, kGemmTruth, kNoise);
  const std::string text = table_text(fit(file));
  std::ranges::reverse(file.results.records);
  EXPECT_TRUE(table_text(fit(file)) == text);
}

TEST(FitTable, GivesEachConditionARowOfItsOwn) {
  SyntheticFile file(5);
  for (int i = 0; i < 3; ++i) {
    for (const std::int64_t m : {16, 32, 64, 128}) {
      Record& record =
          file.add("avx2", make_problem("gemm", {{"m", m}, {"n", 64}, {"k", 64}}), kGemmTruth);
      record.point.threads = 1 + i / 2;
      record.point.cold = i == 1;
    }
  }
  EXPECT_EQ(fit(file).rows.size(), 3u);
}

}  // namespace ergon
