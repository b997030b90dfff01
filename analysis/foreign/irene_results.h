#pragma once

#include <string>

#include "analysis/foreign/irene.h"
#include "harness/record/results.h"

namespace ergon::irene {

// The problem of a primitive's measurement, in f32. Throws Error where this build does not know the
// primitive.
[[nodiscard]] Problem problem_of(const Measurement& measurement);

// The primitives as records of one device: boundary "wall", kernel "<primitive>/pytorch", one run
// for each model, batch and sequence. Modules and models are no records: they are the sum of many.
[[nodiscard]] Results to_results(const Measurements& measurements, const std::string& device);

}  // namespace ergon::irene
