#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/compare/compare.h"
#include "analysis/compare/family.h"

namespace ergon {

// What runs of one build on one machine differ by, in power and in time: found, or taken for
// granted.
struct RunVariation {
  Variation power{}, time{};
  std::string note{};  // which of the two, as a sentence
};
[[nodiscard]] RunVariation run_variation(const SideData& first, const SideData& second,
                                         double assumed);

// What a paired point varies by from visit to visit beyond its windows: as the points that were
// visited again tell; or else as the ratios of the pairs scatter about the median of their
// primitive, robustly, so that a few real differences do not hide themselves.
struct VisitVariation {
  PerMetric<Variation> first{}, second{};  // of one visit on each side
  PerMetric<Variation> pair{};             // where neither is known: of the ratio
  std::string note{};
};
[[nodiscard]] VisitVariation visit_variation(const SideData& first, const SideData& second,
                                             const std::vector<PairedPoint>& points);

// One metric of a pair, or the mean of several.
struct LogRatio {
  double value = 0;
  Variation own{}, visit{}, run{};  // variances of the logarithm
  double gain = 0;
};

// The verdict on a logarithm of a ratio, as one of all tests: wrong between equals, any of them, in
// a share `missed`.
[[nodiscard]] Contrast judge(const LogRatio& ratio, const TestFamily& family, TestKind kind,
                             double missed);

}  // namespace ergon
