#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/energy_table.h"

namespace ergon {

// The box around problems of one primitive; axes and options sorted by name.
[[nodiscard]] Hull make_hull(std::span<const Problem* const> problems);

// What of a problem lies outside, for people: "k 4096 is beyond 64..1024". Empty inside. Predictor
// gives the same answer as a flag, quickly.
[[nodiscard]] std::vector<std::string> beyond(const Hull& hull, const Problem& problem);

}  // namespace ergon
