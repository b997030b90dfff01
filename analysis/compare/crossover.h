#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/compare/contrast.h"

namespace ergon {

struct ShapeContrast;

// Where the order of two sides turns along an axis, all else being equal: one is lower at `below`,
// the other at `above`, both told from none, and nothing in between is told.
struct Crossover {
  Metric metric = Metric::energy;
  std::string primitive{}, kernel{};
  std::string axis{};    // "m"
  std::string others{};  // "k=768,n=768", and the options that are not the default
  std::int64_t below = 0, above = 0;
  double at = 0;  // where a straight line in both logarithms passes 1
  bool second_lower_below = false;
};

// Over all axes and metrics of the shapes of one comparison.
[[nodiscard]] std::vector<Crossover> find_crossovers(const std::vector<ShapeContrast>& shapes);

}  // namespace ergon
