#include "analysis/predict.h"

#include <cmath>

#include <gtest/gtest.h>

#include "analysis/fit_table.h"
#include "kernels/error.h"
#include "tests/analysis/synthetic.h"

namespace ergon {

namespace {

EnergyTable gemm_table(int threads = 1) {
  SyntheticFile file(11);
  file.add_probes(0.001);
  add_gemms(file, kGemmTruth, {.energy = 0.005});
  for (Record& record : file.results.records) record.point.threads = threads;
  return fit_table(make_samples({&file.results, 1}, EnergyKind::gross));
}

Problem gemm(std::int64_t m, std::int64_t n, std::int64_t k, const Choices& choices = {}) {
  return make_problem("gemm", {{"m", m}, {"n", n}, {"k", k}}, choices);
}

std::string refusal_of(const EnergyTable& table, const TableKey& key) {
  try {
    (void)find_row(table, key);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(Predict, GivesTheLawsEnergyAndTimeWithAnInterval) {
  const EnergyTable table = gemm_table();
  const Prediction prediction = predict(table, table.rows[0].key, gemm(200, 300, 400));
  const double flops = 2.0 * 200 * 300 * 400;
  const double bytes = 4.0 * (200 * 400 + 400 * 300 + 200 * 300);
  const double time = 2e-6 + 1.5e-11 * flops + 2e-11 * bytes;
  const double energy = 5 * time + 25e-12 * flops + 80e-12 * bytes;
  EXPECT_NEAR(prediction.time.value, time, 0.01 * time);
  EXPECT_NEAR(prediction.energy.value, energy, 0.01 * energy);
  EXPECT_LT(prediction.low.value, energy);
  EXPECT_GT(prediction.high.value, energy);
  EXPECT_FALSE(prediction.extrapolated);
}

TEST(Predict, FlagsWhatLiesOutsideTheData) {
  const EnergyTable table = gemm_table();
  const Predictor predictor(table.rows[0]);
  EXPECT_FALSE(predictor(gemm(16, 16, 16)).extrapolated);
  EXPECT_FALSE(predictor(gemm(1024, 1024, 1024)).extrapolated);
  EXPECT_TRUE(predictor(gemm(1024, 1024, 2048)).extrapolated);  // k, flops
  EXPECT_TRUE(predictor(gemm(8, 128, 128)).extrapolated);       // m
  EXPECT_TRUE(predictor(gemm(64, 64, 64, {{"bias", "yes"}})).extrapolated);
}

TEST(Predict, SaysTheSameInBatchesAsOneByOne) {
  EnergyTable table = gemm_table();
  table.rows[0].time.correction = {
      .length = 2, .bound = 0.5, .axes = 3, .centres = {4, 8, 5, 9, 6, 7}, .weights = {0.1, -0.2}};
  table.rows[0].energy.correction = {
      .length = 1, .bound = 0.5, .axes = 3, .centres = {7, 7, 7}, .weights = {0.3}};
  const Predictor predictor(table.rows[0]);
  std::vector<Problem> problems;
  for (std::int64_t i = 0; i < 150; ++i) problems.push_back(gemm(10 + 8 * i, 16 + 5 * i, 64));
  std::vector<Prediction> batch(problems.size());
  predictor.predict(problems, batch);
  int extrapolated = 0;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    const Prediction one = predictor(problems[i]);
    EXPECT_NEAR(batch[i].energy.value, one.energy.value, 1e-12 * one.energy.value);
    EXPECT_NEAR(batch[i].time.value, one.time.value, 1e-12 * one.time.value);
    EXPECT_NEAR(batch[i].high.value, one.high.value, 1e-12 * one.high.value);
    EXPECT_EQ(batch[i].extrapolated, one.extrapolated);
    extrapolated += one.extrapolated ? 1 : 0;
  }
  EXPECT_GT(extrapolated, 0);
  EXPECT_LT(extrapolated, 150);
}

TEST(Predict, RefusesACorrectionOfOtherAxes) {
  EnergyTable table = gemm_table();
  table.rows[0].time.correction = {
      .length = 1, .bound = 0.5, .axes = 2, .centres = {7, 7}, .weights = {0.3}};
  EXPECT_THROW(Predictor{table.rows[0]}, Error);
}

TEST(Predict, HasNoIntervalWhereTheRowHasNoRadius) {
  EnergyTable table = gemm_table();
  table.rows[0].energy.conformal.radius = kAbsent;
  const Prediction prediction = Predictor(table.rows[0])(gemm(64, 64, 64));
  EXPECT_TRUE(std::isnan(prediction.low.value));
  EXPECT_TRUE(std::isnan(prediction.high.value));
  EXPECT_GT(prediction.energy.value, 0);
}

TEST(Predict, RefusesAKeyThatDiffersAndNamesTheField) {
  EnergyTable table = gemm_table(1);
  const EnergyTable two = gemm_table(2);
  table.rows.push_back(two.rows[0]);
  TableKey key = table.rows[0].key;
  key.threads = 4;
  EXPECT_EQ(refusal_of(table, key),
            "energy table: no row with threads '4'; the table has: '1', '2'");
  key = table.rows[0].key;
  key.kernel = "gemm/avx512";
  EXPECT_EQ(refusal_of(table, key),
            "energy table: no row with kernel 'gemm/avx512'; the table has: 'gemm/avx2'");
  key = table.rows[0].key;
  key.source = Source::estimated;
  EXPECT_EQ(refusal_of(table, key),
            "energy table: no row with source 'estimated'; the table has: 'measured'");
  key = table.rows[1].key;
  EXPECT_EQ(&find_row(table, key), &table.rows[1]);
}

TEST(Predict, RefusesAProblemOfOtherDtypesOrAnotherPrimitive) {
  const EnergyTable table = gemm_table();
  const Predictor predictor(table.rows[0]);
  Problem half = gemm(64, 64, 64);
  half.dtypes.a = Dtype::bf16;
  EXPECT_THROW((void)predictor(half), Error);
  EXPECT_THROW((void)predictor(make_problem("gelu", {{"elements", 64}})), Error);
}

}  // namespace ergon
