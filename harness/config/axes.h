#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/config/sweep.h"
#include "harness/config/yaml.h"

namespace ergon {

// Reads what a map says of axes, in its order:
//   m: 128                                  one value
//   m: [64, 128]                            a list
//   m: {range: [64, 512], step: 64}         64, 128, ... up to 512
//   m: {geometric: [64, 1024], ratio: 2}    64, 128, ... up to 1024, rounded to integers
//   n,k: [[768, 768], [3072, 768]]          axes that move together, one row a combination
// An axis that `names` does not have, or that stands twice, is an Error with its place.
[[nodiscard]] std::vector<Sweep::ZippedAxes> read_axes(const Yaml& map,
                                                       std::span<const std::string_view> names,
                                                       std::string_view primitive);

}  // namespace ergon
