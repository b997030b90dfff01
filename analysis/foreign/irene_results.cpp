#include "analysis/foreign/irene_results.h"

#include <fmt/format.h>

#include "analysis/foreign/foreign_results.h"
#include "kernels/error.h"

namespace ergon::irene {

Problem problem_of(const Measurement& measurement) {
  const Primitive* primitive = primitive::named(measurement.primitive);
  if (primitive == nullptr) {
    throw Error(fmt::format("import: {}:{} is a '{}', a primitive that this build does not know",
                            measurement.path, measurement.type, measurement.primitive));
  }
  std::vector<std::int64_t> extents;
  for (const std::string_view axis : primitive->axes) {
    for (const auto& [name, extent] : measurement.extents) {
      if (name == axis) extents.push_back(extent);
    }
  }
  ERGON_ASSERT(extents.size() == primitive->axes.size());
  Problem problem = make_problem(*primitive, std::move(extents));
  for (const auto& [option, value] : measurement.options) choose(problem, option, value);
  return problem;
}

Results to_results(const Measurements& measurements, const std::string& device) {
  ForeignResults results(
      {.device = device,
       .boundary = "wall",
       .meter = "irene/wall",
       .note = "wall joules per run, published with IrEne (Cao et al., ACL 2021)"});
  for (const Measurement& measurement : measurements.all) {
    if (measurement.level != Level::primitive) continue;
    results.add(
        {.run = fmt::format("{}/{}x{}", measurement.model, measurement.batch, measurement.sequence),
         .kernel = measurement.primitive + "/pytorch",
         .problem = problem_of(measurement),
         .energy = measurement.energy,
         .time = measurement.time},
        fmt::format("{} {}:{}: ", measurement.model, measurement.path, measurement.type));
  }
  return results.finish();
}

}  // namespace ergon::irene
