#pragma once

#include <string>
#include <vector>

#include "analysis/compare/contrast.h"
#include "analysis/compare/crossover.h"
#include "analysis/compare/facts.h"
#include "analysis/compare/pairing.h"
#include "analysis/compare/side.h"

namespace ergon {

// The share of invocations in which any verdict is wrong, between equals: held below 5 %, with a
// margin for what the tests approximate.
inline constexpr double kMissedMost = 0.04;

struct CompareOptions {
  PairingRule pairing{};
  // k = 1, relative: what one run differs by from another of the same build on the same machine, in
  // energy; where the sides' own runs do not tell it. 0.8 of it is power's and 0.6 time's.
  double run_to_run = 0.005;
  bool one_device = false;  // the sides are one device and one sensor, whatever their files say
};

// One point of both sides.
struct ShapeContrast {
  const PointValue* first = nullptr;
  const PointValue* second = nullptr;  // null: not comparable at all
  std::string reason{};                // why not
  PerMetric<Contrast> contrasts{};
};

// The geometric mean of the ratios of `shapes` points: of one primitive, or of all ("all").
struct MeanContrast {
  std::string name{};
  PerMetric<int> shapes{};
  PerMetric<Contrast> contrasts{};
};

// Two sides, the second over the first.
struct PairComparison {
  std::size_t first = 0, second = 0;  // indices into the sides
  std::vector<ShapeContrast> shapes{};
  std::vector<MeanContrast> means{};  // all, then each primitive; without "all" of one primitive
  std::vector<Crossover> crossovers{};
  std::vector<FactChange> changes{};
  int alone_first = 0, alone_second = 0;
  bool one_sensor = false;           // gain cancels
  double u_gain = 0;                 // k = 1, of a ratio of energies; 0 where it cancels
  std::vector<std::string> notes{};  // what was taken for granted, whole sentences
};

// Compares every two of the sides, in their order, all verdicts held together: see kMissedMost.
// Sides are borrowed as long as the comparisons live. Throws Error where there are fewer than two.
[[nodiscard]] std::vector<PairComparison> compare_sides(const std::vector<SideData>& sides,
                                                        const CompareOptions& options);

}  // namespace ergon
