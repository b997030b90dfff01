#include "analysis/predict_columns.h"

#include <array>

#include <gtest/gtest.h>

#include "analysis/row_problem.h"
#include "kernels/error.h"
#include "tests/analysis/network/made_table.h"

namespace ergon {
namespace {

constexpr std::size_t kShapes = 200;  // three blocks and a part of one

struct Answers {
  std::vector<double> energy = std::vector<double>(kShapes), low = energy, high = energy,
                      time = energy;
  std::array<bool, kShapes> extrapolated{};
  [[nodiscard]] PredictionColumns columns() { return {energy, low, high, time, extrapolated}; }
};

std::vector<std::int64_t> counted_from(std::int64_t first) {
  std::vector<std::int64_t> column(kShapes);
  for (std::size_t i = 0; i < kShapes; ++i) column[i] = first + static_cast<std::int64_t>(i);
  return column;
}

}  // namespace

TEST(PredictColumns, SaysWhatEachShapeIsToldByItself) {
  EnergyTable::Row row = made_row("gemm");
  row.hull.axes[0].range = {1, 100};  // of m, so that some lie outside
  row.energy.conformal.radius_extrapolated = 0.2;
  const Predictor predictor(row);
  const std::vector<std::int64_t> m = counted_from(7);
  const std::int64_t n = 64, k = 32;
  const std::array<std::span<const std::int64_t>, 3> shapes = {m, {&n, 1}, {&k, 1}};
  Answers answers;
  predict_columns(predictor, row_pattern(row.key), shapes, answers.columns());
  for (std::size_t i = 0; i < kShapes; ++i) {
    const Prediction one = predictor(row_problem(row.key, {{"m", m[i]}, {"n", n}, {"k", k}}));
    EXPECT_DOUBLE_EQ(answers.energy[i], one.energy.value);
    EXPECT_DOUBLE_EQ(answers.low[i], one.low.value);
    EXPECT_DOUBLE_EQ(answers.high[i], one.high.value);
    EXPECT_DOUBLE_EQ(answers.time[i], one.time.value);
    EXPECT_EQ(answers.extrapolated[i], m[i] > 100);
  }
}

TEST(PredictColumns, NamesTheShapeThatIsNoProblem) {
  const EnergyTable::Row row = made_row("gemm");
  std::vector<std::int64_t> m = counted_from(1);
  m[130] = 0;
  const std::int64_t n = 64, k = 32;
  const std::array<std::span<const std::int64_t>, 3> shapes = {m, {&n, 1}, {&k, 1}};
  Answers answers;
  try {
    predict_columns(Predictor(row), row_pattern(row.key), shapes, answers.columns());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).substr(0, 25), "predict: shape 130 of 200");
  }
}

}  // namespace ergon
