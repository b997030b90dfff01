#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analysis/foreign/irene_network.h"

namespace ergon {

// What is fitted to and what is predicted: one flag a measurement; tested are models alone.
struct ModelFold {
  std::vector<bool> train{}, test{};
};

// A whole model at one batch and sequence, in joules.
struct PredictedModel {
  std::string model{};
  double measured = 0;
  double flops = 0;       // one J/FLOP of the training models: the baseline
  double sum = 0;         // of the measured primitives alone
  double primitives = 0;  // all operations: those that were never measured by proxy
  double modules = 0;     // calibrated on modules of other models
  double models = 0;      // and on whole models that were trained on
};

// Fits a table to the primitives of `train`, and calibrates on its modules and models; predicts the
// models of `test` from names and sizes. Everything goes through fit_table, build_network and
// PriceList, as `ergon fit` and `ergon predict` do. `proxy` prices what was never measured. Without
// modules or models to calibrate on, those ways give what the primitives do. Throws Error where
// there is no primitive to fit, or the proxy is not among them.
[[nodiscard]] std::vector<PredictedModel> predict_models(const irene::Measurements& measurements,
                                                         irene::Networks& networks,
                                                         const ModelFold& fold,
                                                         const std::string& proxy);

// Problems that both a trained measurement and a tested model launch: an overlap of shapes.
[[nodiscard]] int shapes_shared(const irene::Measurements& measurements, irene::Networks& networks,
                                const ModelFold& fold);

// Splits: lists of folds that test every model once (or, by size, one side).
[[nodiscard]] std::vector<ModelFold> leave_one_model_out(const irene::Measurements& measurements);
[[nodiscard]] std::vector<ModelFold> swap_families(const irene::Measurements& measurements,
                                                   irene::Networks& networks);
enum class Larger : std::uint8_t { tested, trained };
// Runs of more tokens (batch x sequence) than the median model's on one side, the others on the
// other.
[[nodiscard]] ModelFold split_by_size(const irene::Measurements& measurements, Larger larger);
// Each model out, and each of `parts` of its sizes; then everything out that shares a shape.
[[nodiscard]] std::vector<ModelFold> leave_shapes_out(const irene::Measurements& measurements,
                                                      irene::Networks& networks, int parts);

// |predicted / measured - 1| of one way of predicting.
struct ModelErrors {
  double mean = 0, p95 = 0;
};
[[nodiscard]] ModelErrors errors_of(std::span<const PredictedModel> predicted,
                                    double PredictedModel::*way);

}  // namespace ergon
