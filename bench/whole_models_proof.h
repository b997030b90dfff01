#pragma once

#include <optional>
#include <string>

#include "analysis/foreign/irene.h"

namespace ergon {

struct WholeModelsOptions {
  std::string networks{};         // folder of network files
  std::string proxy = "softmax";  // for what was never measured
  bool quick = false;             // leave-one-model-out alone
};

// Prints how whole models are predicted from their primitives: every split, with and without
// calibration, beside FLOPs alone and what IrEne published. True where the goals are met; none,
// with a line that says so, where fewer than two models have a network file.
[[nodiscard]] std::optional<bool> prove_whole_models(const irene::Measurements& measurements,
                                                     const WholeModelsOptions& options);

}  // namespace ergon
