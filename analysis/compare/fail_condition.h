#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/compare/compare.h"

namespace ergon {

// "energy > 3%": what is a regression. It is one where a ratio's whole interval, which holds
// together with all others of the invocation, lies above 1 + bound.
struct FailCondition {
  Metric metric = Metric::energy;
  double bound = 0;  // relative
  std::string text{};
};

// One condition, or several with commas between. Throws Error that shows what was expected where.
[[nodiscard]] std::vector<FailCondition> parse_fail_conditions(std::string_view text);

// A line for every shape and geometric mean of the pairs whose first side is the first of all that
// meets a condition. Throws Error where a condition's metric was compared in none: what cannot be
// judged has not passed.
[[nodiscard]] std::vector<std::string> regressions(const std::vector<PairComparison>& pairs,
                                                   const std::vector<FailCondition>& conditions);

}  // namespace ergon
