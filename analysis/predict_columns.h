#pragma once

#include <cstdint>
#include <span>

#include "analysis/predict.h"

namespace ergon {

// A column of extents per axis of the primitive, in its order. A column of one number stands for
// that many of it.
using ShapeColumns = std::span<const std::span<const std::int64_t>>;

// Where the answers go: a number per shape in each. Joules and seconds.
struct PredictionColumns {
  std::span<double> energy, low, high, time;  // as in Prediction
  std::span<bool> extrapolated;
};

// Predicts shapes that stand in columns, with the primitive, dtypes and options of `pattern`. It
// allocates per call and not per shape. Throws Error for a shape that is no problem, and says which
// one of how many; what was answered before it stands.
void predict_columns(const Predictor& predictor, const Problem& pattern, ShapeColumns shapes,
                     const PredictionColumns& out);

}  // namespace ergon
