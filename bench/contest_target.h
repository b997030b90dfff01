#pragma once

#include <string>

#include "bench/contest_result.h"

namespace ergon {

// What contests of one class must reach; 0 where nothing is asked.
struct Target {
  double ratio = 0;       // time of the best library by ours, each contest
  double of_ceiling = 0;  // our rate by the ceiling's, each contest
  double mean = 0;        // geometric mean of the class's ratios

  bool operator==(const Target&) const = default;
};

// Contests that are judged alike: "gemm NT, m >= 128".
struct ContestClass {
  std::string name;
  Target target;
};
[[nodiscard]] ContestClass class_of(const Point& condition);

// What every shape drawn at random must reach.
inline constexpr Target kRandomTarget = {.ratio = 0.75};

// "pass", "short", or "" where nothing is asked or nobody can tell. The upper end of an interval
// is judged: short is what noise does not explain.
[[nodiscard]] std::string verdict(const ContestResult& result, const Target& target);
[[nodiscard]] std::string verdict(const Ratio& ratio, double least);

}  // namespace ergon
