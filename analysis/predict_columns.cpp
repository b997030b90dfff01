#include "analysis/predict_columns.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "kernels/error.h"

namespace ergon {

namespace {

void expect_problem(const Problem& problem, std::size_t index, std::size_t count) {
  const bool small = std::ranges::any_of(problem.extents, [](std::int64_t e) { return e < 1; });
  std::string why = "expected extents of 1 or more";
  if (!small) why = problem.primitive->invalid(problem);
  if (why.empty()) return;
  throw Error(fmt::format("predict: shape {} of {}: {} is no problem: {}", index, count,
                          problem_key(problem), why));
}

}  // namespace

void predict_columns(const Predictor& predictor, const Problem& pattern, ShapeColumns shapes,
                     const PredictionColumns& out) {
  const std::size_t count = out.energy.size();
  ERGON_ASSERT(shapes.size() == pattern.extents.size());
  for (const auto& column : shapes) ERGON_ASSERT(column.size() == count || column.size() == 1);
  constexpr std::size_t kBlock = Correction::kBatch;
  std::vector<Problem> problems(std::min(kBlock, count), pattern);
  std::array<Prediction, kBlock> room;
  for (std::size_t first = 0; first < count; first += kBlock) {
    const std::size_t block = std::min(kBlock, count - first);
    for (std::size_t p = 0; p < block; ++p) {
      for (std::size_t a = 0; a < shapes.size(); ++a) {
        problems[p].extents[a] = shapes[a][shapes[a].size() == 1 ? 0 : first + p];
      }
      expect_problem(problems[p], first + p, count);
    }
    const std::span<Prediction> predictions = std::span(room).first(block);
    predictor.predict(std::span(problems).first(block), predictions);
    for (std::size_t p = 0; p < block; ++p) {
      out.energy[first + p] = predictions[p].energy.value;
      out.low[first + p] = predictions[p].low.value;
      out.high[first + p] = predictions[p].high.value;
      out.time[first + p] = predictions[p].time.value;
      out.extrapolated[first + p] = predictions[p].extrapolated;
    }
  }
}

}  // namespace ergon
